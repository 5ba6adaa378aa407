#include "tests/bench/floor.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <string_view>
#include <vector>

#include "floor.skel.h"

namespace plimsoll::bench {

struct Floor::Attached {
  floor_bpf* skeleton = nullptr;
  std::vector<bpf_link*> links;

  ~Attached() {
    for (bpf_link* link : links) bpf_link__destroy(link);
    floor_bpf__destroy(skeleton);
  }
};

Floor::Floor(const std::string& way, const std::string& cgroup2_path)
    : attached_(std::make_unique<Attached>()) {
  attached_->skeleton = floor_bpf__open();
  if (attached_->skeleton == nullptr) throw std::runtime_error("cannot open the empty programs");
  const auto of_this_way = [&](const bpf_program* program) {
    const std::string_view name = bpf_program__name(program);
    return name.starts_with("floor_all_") || name.starts_with("floor_" + way + "_");
  };
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, attached_->skeleton->obj)
      bpf_program__set_autoload(program, of_this_way(program));
  if (floor_bpf__load(attached_->skeleton) != 0) throw std::runtime_error("cannot load the empty programs");
  const int cgroup = open(cgroup2_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bpf_object__for_each_program(program, attached_->skeleton->obj) {
    if (!of_this_way(program)) continue;
    const auto type = bpf_program__type(program);
    const bool by_cgroup = type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR || type == BPF_PROG_TYPE_CGROUP_SKB;
    bpf_link* link = by_cgroup ? bpf_program__attach_cgroup(program, cgroup) : bpf_program__attach(program);
    if (link == nullptr)
      throw std::runtime_error(std::string("cannot attach the empty program ") + bpf_program__name(program));
    attached_->links.push_back(link);
  }
  close(cgroup);
}

Floor::~Floor() = default;

}  // namespace plimsoll::bench
