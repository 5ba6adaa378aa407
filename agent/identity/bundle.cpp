// An OCI bundle: the directory that runc and crun start a container from.
#include "agent/identity/bundle.h"

#include <filesystem>

#include "agent/identity/json.h"

namespace plimsoll {
namespace {

/// `path` is `tail` or ends with it at a component's boundary: runc puts what is relative below its own
/// cgroup.
bool ends_with_path(std::string_view path, std::string_view tail) {
  while (tail.starts_with('/')) tail.remove_prefix(1);
  return path.ends_with(tail) && (path.size() == tail.size() || path[path.size() - tail.size() - 1] == '/');
}

}  // namespace

std::optional<Bundle> read_bundle(const HostFiles& files, const std::string& directory) {
  const auto text = files.read(directory + "/config.json");
  if (!text) return std::nullopt;
  const auto config = Json::parse(*text);
  if (!config || config->text({"ociVersion"}).empty() || !config->has({"process"})) return std::nullopt;
  const std::string root = config->text({"root", "path"}, kMaxPathBytes);
  if (root.empty()) return std::nullopt;
  const auto rootfs = (std::filesystem::path(directory) / root).lexically_normal().string();
  std::string resolv_conf = rootfs + "/etc/resolv.conf";
  for (const auto& mount : config->items({"mounts"})) {
    const auto source = mount.text({"source"}, kMaxPathBytes);
    if (mount.text({"destination"}) == "/etc/resolv.conf" && source.starts_with('/')) resolv_conf = source;
  }
  return Bundle{
      .directory = directory,
      .rootfs = rootfs.size() > 1 && rootfs.ends_with('/') ? rootfs.substr(0, rootfs.size() - 1) : rootfs,
      .cgroups_path = config->text({"linux", "cgroupsPath"}, kMaxPathBytes),
      .annotations = config->texts({"annotations"}),
      .resolv_conf = std::move(resolv_conf)};
}

bool is_own_cgroup(const Bundle& bundle, std::string_view path) {
  if (bundle.cgroups_path.empty()) return true;  // then the runtime makes one directory only
  const auto first = bundle.cgroups_path.find(':'), second = bundle.cgroups_path.rfind(':');
  if (first == std::string::npos || first == second) return ends_with_path(path, bundle.cgroups_path);
  // SLICE:PREFIX:NAME is PREFIX-NAME.scope to the systemd driver, and a plain name to cgroupfs.
  const auto prefix = bundle.cgroups_path.substr(first + 1, second - first - 1);
  const auto name = bundle.cgroups_path.substr(second + 1);
  const auto unit =
      name.ends_with(".slice") ? name : (prefix.empty() ? name : prefix + '-' + name) + ".scope";
  const auto last = last_component(path);
  return last == unit || last == last_component(bundle.cgroups_path);
}

std::optional<TaskDirectory> parse_task_directory(std::string_view directory) {
  const auto at = directory.rfind(kTaskDirectory);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = directory.substr(at + kTaskDirectory.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto name_space = rest.substr(0, slash), id = rest.substr(slash + 1);
  if (!valid_id(name_space) || !valid_id(id)) return std::nullopt;
  return TaskDirectory{.state = std::string(directory.substr(0, at)),
                       .name_space = std::string(name_space),
                       .id = std::string(id)};
}

bool is_managed_bundle(std::string_view directory) {
  return parse_task_directory(directory).has_value() ||
         (directory.find("/overlay-containers/") != std::string_view::npos &&
          directory.ends_with("/userdata"));
}

}  // namespace plimsoll
