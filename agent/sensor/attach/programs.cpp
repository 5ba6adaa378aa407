#include "agent/sensor/attach/programs.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace plimsoll {

Programs::Programs(const bpf_object* object) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const int fd = bpf_program__fd(program);
    if (fd >= 0) all_.push_back({program, fcntl(fd, F_DUPFD_CLOEXEC, 0), bpf_program__name(program)});
  }
}

Programs::Programs(const bpf_object* object, const std::function<int(const std::string&)>& descriptor) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const std::string name = bpf_program__name(program);
    if (const int fd = descriptor(name); fd >= 0) all_.push_back({program, fd, name});
  }
}

Programs::~Programs() {
  for (const LoadedProgram& loaded : all_) close(loaded.fd);
}

int Programs::fd(std::string_view name) const {
  const auto found = std::ranges::find(all_, name, &LoadedProgram::name);
  return found == all_.end() ? -1 : found->fd;
}

}  // namespace plimsoll
