#include "agent/sensor/attach/programs.h"

#include <bpf/libbpf.h>
#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace plimsoll {

Programs::Programs(const bpf_object* object) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const int fd = bpf_program__fd(program);
    if (fd >= 0) all_.push_back({program, Fd(fcntl(fd, F_DUPFD_CLOEXEC, 0)), bpf_program__name(program)});
  }
}

Programs::Programs(const bpf_object* object, const std::function<Fd(const std::string&)>& descriptor) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const std::string name = bpf_program__name(program);
    if (Fd fd = descriptor(name)) all_.push_back({program, std::move(fd), name});
  }
}

int Programs::fd(std::string_view name) const {
  const auto found = std::ranges::find(all_, name, &LoadedProgram::name);
  return found == all_.end() ? -1 : found->fd.get();
}

}  // namespace plimsoll
