#include "agent/sensor/load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>

#include "agent/sensor/attach_plan.h"
#include "plimsoll.skel.h"

namespace plimsoll {
namespace {

constexpr std::string_view kKernelBtf = "/sys/kernel/btf/vmlinux";

// libbpf's own words go nowhere: what matters of them is in our errors, and a verifier's log is thousands of
// lines.
int silence(libbpf_print_level /*level*/, const char* /*format*/, va_list /*args*/) {
  return 0;
}

std::string error_text(int error) {
  return std::strerror(error < 0 ? -error : error);
}

std::string why_refused(int error) {
  if (error == -EPERM)
    return "refused by the kernel (EPERM): needs CAP_BPF and CAP_PERFMON and CAP_NET_ADMIN, or CAP_SYS_ADMIN";
  if (error == -EACCES) return "refused by the verifier (EACCES)";
  return error_text(error);
}

// The programs that the agent runs itself; the others are in the attach plan.
constexpr std::string_view kOwn[] = {"find_host_root", "judge", "name_slot"};

bool is_own(std::string_view program) {
  return std::ranges::find(kOwn, program) != std::end(kOwn);
}

Result<Skeleton> open_skeleton(const SensorOptions& options, const pl_config& config,
                               const std::function<bool(std::string_view)>& wanted) {
  bpf_object_open_opts open_options{};
  open_options.sz = sizeof(open_options);
  if (!options.btf_path.empty()) open_options.btf_custom_path = options.btf_path.c_str();
  Skeleton skeleton(plimsoll_bpf__open_opts(&open_options));
  if (!skeleton) return fail("cannot open the BPF object: " + error_text(errno));
  std::memcpy(const_cast<pl_config*>(&skeleton->rodata->config), &config, sizeof(config));
  bpf_map__set_max_entries(skeleton->maps.events, options.ring_bytes);
  if (!config.tasks_by_tid) bpf_map__set_max_entries(skeleton->maps.tasks_by_tid, 1);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj)
      bpf_program__set_autoload(program, wanted(bpf_program__name(program)));
  return skeleton;
}

// 0, or the error with which that one program alone does not load.
int trial_load(const SensorOptions& options, const pl_config& config, std::string_view name) {
  auto skeleton = open_skeleton(options, config, [&](std::string_view p) { return p == name; });
  return skeleton ? plimsoll_bpf__load(skeleton->get()) : -EINVAL;
}

void add_status(std::vector<HookStatus>& status, const PlannedProgram& p, const std::string& error) {
  std::istringstream hooks{std::string(p.hooks)};
  for (std::string hook; hooks >> hook;)
    status.push_back({hook, std::string(p.way), error.empty(), error, std::string(p.blind_to)});
}

Link attach(bpf_program* program, const PlannedProgram& plan, int cgroup_fd) {
  return Link(plan.kind == AttachKind::cgroup2 ? bpf_program__attach_cgroup(program, cgroup_fd)
                                               : bpf_program__attach(program));
}

}  // namespace

void SkeletonDeleter::operator()(plimsoll_bpf* s) const {
  plimsoll_bpf__destroy(s);
}
void LinkDeleter::operator()(bpf_link* l) const {
  bpf_link__destroy(l);
}

Result<void> check_btf(const std::string& path) {
  const std::string file = path.empty() ? std::string(kKernelBtf) : path;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return fail(
        "kernel BTF " + file + " cannot be read (" + error_text(errno) +
        "): the kernel must be built with CONFIG_DEBUG_INFO_BTF, as those of 5.15 and later usually are");
  }
  unsigned char magic[2] = {};
  in.read(reinterpret_cast<char*>(magic), sizeof(magic));
  if (!in || magic[0] != 0x9f || magic[1] != 0xeb) {
    return fail("kernel BTF " + file +
                " is empty or is no BTF: expected the types of the running kernel (CONFIG_DEBUG_INFO_BTF)");
  }
  return {};
}

bpf_program* find_program(plimsoll_bpf& skeleton, std::string_view name) {
  return bpf_object__find_program_by_name(skeleton.obj, std::string(name).c_str());
}

Result<Skeleton> load_programs(const SensorOptions& options, pl_config& config,
                               std::vector<HookStatus>& refused) {
  libbpf_set_print(silence);
  for (const std::uint32_t by_tid : {0U, 1U}) {
    config.tasks_by_tid = by_tid;
    auto all = open_skeleton(options, config, [](std::string_view) { return true; });
    if (!all) return all;
    if (plimsoll_bpf__load(all->get()) == 0) return all;
  }
  // By thread id still: a cgroup program that is refused with it is refused for another reason.
  std::vector<std::string> taken;
  int last_error = 0;
  for (const std::string_view own : kOwn) {
    if (const int error = trial_load(options, config, own))
      return fail("cannot load the BPF program " + std::string(own) + ": " + why_refused(error));
  }
  for (const PlannedProgram& p : attach_plan()) {
    if (const int error = trial_load(options, config, p.program)) {
      add_status(refused, p, why_refused(error));
      last_error = error;
    } else {
      taken.emplace_back(p.program);
    }
  }
  if (taken.empty()) return fail("the kernel takes none of the BPF programs: " + why_refused(last_error));
  auto some = open_skeleton(options, config, [&](std::string_view p) {
    return is_own(p) || std::ranges::find(taken, p) != taken.end();
  });
  if (!some) return some;
  if (const int error = plimsoll_bpf__load(some->get()))
    return fail("cannot load the BPF programs together: " + why_refused(error));
  return some;
}

Attached attach_programs(plimsoll_bpf& skeleton, const std::string& cgroup2_path,
                         std::vector<HookStatus> refused) {
  Attached result{{}, std::move(refused)};
  const int cgroup_fd = open(cgroup2_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (const PlannedProgram& p : attach_plan()) {
    bpf_program* program = find_program(skeleton, p.program);
    if (!program || bpf_program__fd(program) < 0) continue;  // refused at load, and said so
    if (p.kind == AttachKind::cgroup2 && cgroup_fd < 0) {
      add_status(result.status, p, "no cgroup2 file system is mounted to attach to");
      continue;
    }
    Link link = attach(program, p, cgroup_fd);
    add_status(result.status, p, link ? "" : "attaching failed: " + error_text(errno));
    if (link) result.links.push_back(std::move(link));
  }
  if (cgroup_fd >= 0) close(cgroup_fd);
  return result;
}

}  // namespace plimsoll
