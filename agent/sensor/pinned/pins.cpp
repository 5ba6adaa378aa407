#include "agent/sensor/pinned/pins.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace plimsoll {
namespace {

constexpr mode_t kOwnerOnly = 0700;

// The BPF file system wants no dots, which libbpf gives to the maps of variables.
std::string file_name(std::string name) {
  std::ranges::replace(name, '.', '_');
  return name;
}

}  // namespace

Result<Pins> Pins::at(const std::string& folder) {
  if (mkdir(folder.c_str(), kOwnerOnly) != 0 && errno != EEXIST)
    return fail(folder + " cannot be made: " + std::strerror(errno));
  struct statfs where{};
  if (statfs(folder.c_str(), &where) != 0) return fail(folder + ": " + std::strerror(errno));
  if (static_cast<unsigned long>(where.f_type) != BPF_FS_MAGIC) {
    rmdir(folder.c_str());
    return fail(
        folder +
        " is in no BPF file system; accepted: a folder below one, such as /sys/fs/bpf/plimsoll (mount -t "
        "bpf bpf /sys/fs/bpf)");
  }
  Fd held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!held || flock(held.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return fail(folder + " is in use by another agent that runs");
    return fail(folder + " cannot be held: " + std::strerror(errno));
  }
  return Pins(folder, std::move(held));
}

Result<void> Pins::pin(const std::string& name, int fd) const {
  const std::string file = path(file_name(name));
  unlink(file.c_str());
  if (bpf_obj_pin(fd, file.c_str()) != 0) return fail(file + " cannot be pinned: " + std::strerror(errno));
  return {};
}

Fd Pins::open(const std::string& name) const {
  return Fd(bpf_obj_get(path(file_name(name)).c_str()));
}

std::vector<std::string> Pins::names(const std::string& beginning) const {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder_, error)) {
    std::string name = file.path().filename();
    if (!file.is_directory(error) && name.starts_with(beginning)) found.push_back(std::move(name));
  }
  std::ranges::sort(found);
  return found;
}

Result<void> Pins::clear() const {
  Result<void> done;
  for (const std::string& name : names("")) {
    if (unlink(path(name).c_str()) != 0)
      done = fail(path(name) + " cannot be removed: " + std::strerror(errno));
  }
  return done;
}

Result<void> Pins::move_to(const Pins& other) const {
  for (const std::string& name : names("")) {
    if (rename(path(name).c_str(), other.path(name).c_str()) != 0)
      return fail(path(name) + " cannot be moved to " + other.folder() + ": " + std::strerror(errno));
  }
  return {};
}

}  // namespace plimsoll
