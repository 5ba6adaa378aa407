#include "agent/sensor/hierarchy.h"

#include <array>
#include <optional>
#include <sstream>
#include <vector>

#include "agent/sensor/wire.h"

namespace plimsoll {
namespace {

struct Mount {
  std::string root, point, type, super_options;
};

// "36 35 98:0 /root /point rw,noatime master:1 - type source options" (proc(5)); the optional fields vary in
// number.
std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    Mount m;
    std::string skip;
    fields >> skip >> skip >> skip >> m.root >> m.point;
    while (fields >> skip && skip != "-") {
    }
    fields >> m.type >> skip >> m.super_options;
    if (!m.type.empty()) mounts.push_back(std::move(m));
  }
  return mounts;
}

bool has_option(const std::string& options, std::string_view wanted) {
  std::istringstream parts(options);
  for (std::string part; std::getline(parts, part, ',');)
    if (part == wanted) return true;
  return false;
}

std::optional<std::uint32_t> hierarchy_id(std::string_view proc_cgroups, std::string_view controller) {
  std::istringstream lines{std::string(proc_cgroups)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string name;
    std::uint32_t id = 0;
    if (fields >> name >> id && name == controller) return id;
  }
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 5> kControllers{{
    {"memory", PL_V1_MEMORY},
    {"pids", PL_V1_PIDS},
    {"cpu", PL_V1_CPU},
    {"devices", PL_V1_DEVICES},
    {"freezer", PL_V1_FREEZER},
}};

}  // namespace

std::string find_cgroup2_mount(std::string_view mountinfo) {
  for (const Mount& m : parse_mountinfo(mountinfo))
    if (m.type == "cgroup2" && m.root == "/") return m.point;
  return {};
}

Result<ChosenHierarchy> choose_hierarchy(std::string_view mountinfo, std::string_view proc_cgroups) {
  const auto mounts = parse_mountinfo(mountinfo);
  for (const auto& [controller, number] : kControllers) {
    for (const Mount& m : mounts) {
      if (m.type != "cgroup" || !has_option(m.super_options, controller)) continue;
      const auto id = hierarchy_id(proc_cgroups, controller);
      if (!id || *id == 0) continue;
      return ChosenHierarchy{Hierarchy{*id, m.point, std::string(controller)}, number};
    }
  }
  for (const Mount& m : mounts)
    if (m.type == "cgroup2") return ChosenHierarchy{Hierarchy{0, m.point, "unified"}, PL_CGROUP_V2};
  return fail(
      "no cgroup file system is mounted: expected cgroup2 or a v1 controller (memory, pids, cpu, devices, "
      "freezer) below /sys/fs/cgroup");
}

}  // namespace plimsoll
