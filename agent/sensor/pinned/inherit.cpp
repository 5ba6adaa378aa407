#include "agent/sensor/pinned/inherit.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

namespace plimsoll {

// A cgroup is in its map before its slot is in the table: so a slot that is in the table and in no cgroup's
// place has lost it.
Inherited inherit(const SlotTable& table, int cgroups_fd) {
  Inherited found;
  std::set<Slot> slots;
  for (const pl_slot& slot : table.all()) {
    if (slot.slot == 0) continue;
    slots.insert(slot.slot);
    found.highest_epoch = std::max(found.highest_epoch, slot.epoch);
  }
  pl_cgroup_key key{}, next{};
  for (const pl_cgroup_key* from = nullptr; bpf_map_get_next_key(cgroups_fd, from, &next) == 0; from = &key) {
    key = next;
    Slot slot = 0;
    if (bpf_map_lookup_elem(cgroups_fd, &key, &slot) == 0) slots.erase(slot);
  }
  found.ended.assign(slots.begin(), slots.end());
  return found;
}

// No program pops a place while none is there, and after a moment none is still at work with one that it
// popped: those that are nobody's then are free.
void free_lost_places(const KernelCalls& calls, const VerdictMaps& maps) {
  constexpr auto kAMoment = std::chrono::milliseconds(50);
  std::uint32_t place = 0;
  while (bpf_map_lookup_and_delete_elem(maps.free_fd, nullptr, &place) == 0) {
  }
  std::this_thread::sleep_for(kAMoment);
  pl_verdict verdict{};
  for (place = maps.places - 1; place > 0; place--) {
    const bool free = place > maps.top ||
                      (bpf_map_lookup_elem(maps.verdicts_fd, &place, &verdict) == 0 && verdict.key.slot == 0);
    if (free) calls.free_verdict(place);
  }
}

}  // namespace plimsoll
