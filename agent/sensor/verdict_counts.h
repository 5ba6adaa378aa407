// The verdict cache as the agent reads it: what has grown, and what may go.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/core/event.h"
#include "agent/core/result.h"
#include "agent/sensor/kernel_calls.h"
#include "agent/sensor/wire.h"

namespace plimsoll {

/// What a slot is now; nothing when it is gone.
using SlotLookup = std::function<const pl_slot*(Slot)>;

class VerdictCounts {
 public:
  VerdictCounts(int verdicts_fd, std::uint32_t cached_per_slot, std::int64_t tick_ns)
      : fd_(verdicts_fd), cached_per_slot_(cached_per_slot), tick_ns_(tick_ns) {}

  /// Counts that have grown since the last call. Clears keys that nothing can match any more (their slot is
  /// gone, its epoch has moved), and, of a slot that has little room left, those that have been idle for a
  /// while: the cache may forget. `top` is the highest place that is used; `now` is wall time, now.
  Result<std::vector<KeyCount>> read(const KernelCalls&, const SlotLookup&, std::uint32_t top, WallNs now);

 private:
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>{}({reinterpret_cast<const char*>(key.data()), key.size()});
    }
  };
  struct Pass;

  void visit(const pl_verdict&, Pass&);

  int fd_;
  std::uint32_t cached_per_slot_;
  std::int64_t tick_ns_;
  std::unordered_map<Key, std::uint64_t, KeyHash> counted_;
  std::vector<std::uint32_t> came_free_;  ///< places, since the last look
};

}  // namespace plimsoll
