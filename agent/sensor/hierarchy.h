// Which cgroup hierarchy tells containers apart on this host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/core/result.h"
#include "agent/sensor/sensor.h"

namespace plimsoll {

struct ChosenHierarchy {
  Hierarchy hierarchy;
  std::uint32_t controller = 0;  ///< enum pl_controller
};

/// cgroup v2 where /sys/fs/cgroup is one; else, on v1 and hybrid hosts, the first controller that every
/// runtime makes a directory in: memory, pids, cpu, devices, freezer. The texts are those of
/// /proc/self/mountinfo and /proc/cgroups.
Result<ChosenHierarchy> choose_hierarchy(std::string_view mountinfo, std::string_view proc_cgroups);

/// Where a cgroup2 file system is mounted; empty if nowhere.
std::string find_cgroup2_mount(std::string_view mountinfo);

}  // namespace plimsoll
