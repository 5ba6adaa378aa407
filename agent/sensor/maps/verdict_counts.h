// The verdict cache as the agent reads it: what has grown, and what may go.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "agent/core/event.h"
#include "agent/core/result.h"
#include "agent/sensor/maps/kernel_calls.h"
#include "agent/sensor/wire.h"

namespace plimsoll {

/// What a slot is now; nothing when it is gone.
using SlotLookup = std::function<const pl_slot*(Slot)>;

class VerdictCounts {
 public:
  VerdictCounts(int verdicts_fd, int counters_fd, std::uint32_t cached_per_slot, std::int64_t tick_ns)
      : fd_(verdicts_fd), counters_fd_(counters_fd), cached_per_slot_(cached_per_slot), tick_ns_(tick_ns) {}

  /// Counts that have grown since the last call. Clears keys that nothing can match any more (their slot is
  /// gone, its epoch has moved), and, of a slot that has little room left, those that have been idle for a
  /// while: the cache may forget. `top` is the highest place that is used; `now` is wall time, now.
  Result<std::vector<KeyCount>> read(const KernelCalls&, const SlotLookup&, std::uint32_t top, WallNs now);

  /// Clears these keys; their counts since the last reading are lost.
  void forget(const KernelCalls&, std::span<const Key>);

 private:
  using Lately = std::unordered_map<std::uint32_t, std::uint64_t>;  ///< by tag: what no verdict has yet
  struct Counted {
    std::uint32_t tag = 0;
    std::uint64_t count = 0;
  };
  struct Pass;

  [[nodiscard]] Result<Lately> lately() const;
  void visit(std::uint32_t place, const pl_verdict&, std::uint64_t lately, Pass&);

  int fd_, counters_fd_;
  std::uint32_t cached_per_slot_;
  std::int64_t tick_ns_;
  std::vector<Counted> counted_;          ///< by place
  std::vector<std::uint32_t> came_free_;  ///< places, since the last look
};

}  // namespace plimsoll
