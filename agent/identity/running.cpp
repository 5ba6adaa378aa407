// Containers that were running before the agent: a walk over one cgroup hierarchy.
#include <dirent.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "agent/identity/host_files.h"
#include "agent/identity/resolver.h"

namespace plimsoll {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxFound = 16384;

std::vector<std::string> subdirectories(const std::string& path) {
  std::vector<std::string> names;
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = readdir(directory)) {
    const std::string name(entry->d_name);
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.push_back(name);
  }
  closedir(directory);
  std::ranges::sort(names);
  return names;
}

/// Wall time of the boot's beginning.
WallNs boot_time() {
  timespec now{}, up{};
  clock_gettime(CLOCK_REALTIME, &now);
  clock_gettime(CLOCK_BOOTTIME, &up);
  return (now.tv_sec - up.tv_sec) * kNsPerSecond + now.tv_nsec - up.tv_nsec;
}

/// When a process started, since boot; 0 when it is gone. Field 22 of /proc/PID/stat, in clock ticks.
WallNs process_start(long pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto comm_end = text.rfind(')');
  if (comm_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(comm_end + 1));
  std::string skipped;
  constexpr int kBetween = 19;  // from field 3, the state, up to field 21
  for (int i = 0; i < kBetween; ++i) fields >> skipped;
  WallNs ticks = 0;
  fields >> ticks;
  return ticks * (kNsPerSecond / sysconf(_SC_CLK_TCK));
}

class Walk {
 public:
  Walk(const Resolver& resolver, std::string mount_point, std::uint32_t hierarchy)
      : resolver_(resolver),
        mount_point_(std::move(mount_point)),
        hierarchy_(hierarchy),
        boot_(boot_time()) {}

  void descend(const std::string& path, int depth) {
    if (depth > kMaxDepth) return;
    for (const auto& name : subdirectories(mount_point_ + path)) {
      if (found_.size() >= kMaxFound) return;
      const std::string below = std::string(path).append("/").append(name);
      struct stat status{};
      if (lstat((mount_point_ + below).c_str(), &status) != 0) continue;
      // A cgroup's id is its directory's inode number.
      CgroupHint hint{.cgroup = {hierarchy_, status.st_ino}, .path = below, .creator_cwd = {}};
      if (std::holds_alternative<NotAContainer>(resolver_.resolve(hint))) {
        descend(below, depth + 1);
      } else {
        found_.push_back({std::move(hint), started(mount_point_ + below, status)});
      }
    }
  }

  std::vector<FoundCgroup> take() { return std::move(found_); }

 private:
  /// The kernel keeps no time of making for a cgroup (its inode's times are those of the first look at it):
  /// the oldest process in it is the container's first.
  [[nodiscard]] WallNs started(const std::string& directory, const struct stat& status) const {
    WallNs oldest = 0;
    std::ifstream processes(directory + "/cgroup.procs");
    for (long pid = 0; processes >> pid;) {
      const WallNs start = pid > 0 ? process_start(pid) : 0;
      if (start > 0 && (oldest == 0 || start < oldest)) oldest = start;
    }
    if (oldest > 0) return boot_ + oldest;
    return status.st_mtim.tv_sec * kNsPerSecond + status.st_mtim.tv_nsec;
  }

  const Resolver& resolver_;
  std::string mount_point_;
  std::uint32_t hierarchy_;
  WallNs boot_;
  std::vector<FoundCgroup> found_;
};

}  // namespace

std::vector<FoundCgroup> find_container_cgroups(const Resolver& resolver, const std::string& mount_point,
                                                std::uint32_t hierarchy) {
  Walk walk(resolver, mount_point, hierarchy);
  walk.descend({}, 0);
  return walk.take();
}

}  // namespace plimsoll
