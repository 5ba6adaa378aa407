// What an earlier agent has left in the maps, for the one that takes them over.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/core/event.h"
#include "agent/sensor/maps/kernel_calls.h"
#include "agent/sensor/maps/slot_table.h"

namespace plimsoll {

struct Inherited {
  std::uint32_t highest_epoch = 0;
  /// Slots whose cgroup was removed while the earlier agent read: their removal is not reported again.
  std::vector<Slot> ended;
};
Inherited inherit(const SlotTable&, int cgroups_fd);

struct VerdictMaps {
  int verdicts_fd = -1, free_fd = -1;
  std::uint32_t places = 0;
  std::uint32_t top = 0;  ///< the highest place that was ever used
};
/// Frees the places in the verdict cache that the earlier agent was about to free. Takes a moment.
void free_lost_places(const KernelCalls&, const VerdictMaps&);

}  // namespace plimsoll
