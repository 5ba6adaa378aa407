// An OCI bundle: the directory that runc and crun start a container from.
// https://github.com/opencontainers/runtime-spec/blob/v1.0.2/config.md
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/identity/host_files.h"

namespace plimsoll {

struct Bundle {
  std::string directory;
  std::string rootfs;        ///< absolute
  std::string cgroups_path;  ///< linux.cgroupsPath; empty: the runtime's default
  StringMap annotations;
  std::string resolv_conf;  ///< what is mounted at /etc/resolv.conf, on the host; else that of the root
};

/// Nothing when there is no config.json with ociVersion, process and root.
std::optional<Bundle> read_bundle(const HostFiles&, const std::string& directory);

/// The cgroup at `path` is the container's own: not one of its parents (which the runtime makes as well), nor
/// nested.
bool is_own_cgroup(const Bundle&, std::string_view path);

/// `directory` is where a manager keeps the bundles it makes: containerd's (docker's too) or podman's. Such a
/// bundle means nothing without its manager's own files.
bool is_managed_bundle(std::string_view directory);

/// containerd's STATE/io.containerd.runtime.v2.task/NAMESPACE/ID, taken apart.
struct TaskDirectory {
  std::string state, name_space, id;
};
std::optional<TaskDirectory> parse_task_directory(std::string_view directory);
constexpr std::string_view kTaskDirectory = "/io.containerd.runtime.v2.task/";

}  // namespace plimsoll
