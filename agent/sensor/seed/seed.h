// Identity for the tasks that were in containers before the programs were attached.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "agent/core/event.h"
#include "agent/core/result.h"

namespace plimsoll {

struct SeedMaps {
  int seeds_fd = -1;    ///< by process id
  int cgroups_fd = -1;  ///< nested cgroups are added here
  std::uint64_t hash_key[2] = {};
  std::function<void()> grown;  ///< called when a nested cgroup has been added: it is not the host's any more
};

/// Walks the hierarchy below `mount_point`; tasks of an adopted cgroup, and of every cgroup nested in one,
/// get its slot. A task that ends meanwhile is passed over; those that are born meanwhile are found too, or
/// inherit: it walks again until there is no new one (a few times at most).
Result<void> seed_tasks_of(const std::string& mount_point, std::uint32_t hierarchy,
                           const std::map<std::uint64_t, Slot>& adopted, const SeedMaps& maps);

/// SipHash-2-4 of a path or name as the kernel side makes it (0 for the empty text).
std::uint64_t text_hash(const std::string& text, const std::uint64_t (&key)[2]);

}  // namespace plimsoll
