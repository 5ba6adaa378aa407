// Calls of the programs in bpf/hooks/agent.bpf.c, which change the maps for the agent.
#pragma once

#include <cstdint>
#include <span>

#include "agent/core/event.h"
#include "agent/core/result.h"
#include "agent/sensor/attach/programs.h"
#include "agent/sensor/wire.h"

struct plimsoll_bpf;

namespace plimsoll {

class KernelCalls {
 public:
  /// `programs` and `skeleton`, whose maps have descriptors, outlive this; so does `batch`, which is the
  /// array set_known_calls of hooks/agent.bpf.c.
  KernelCalls(const Programs& programs, const plimsoll_bpf& skeleton, std::uint32_t slots,
              pl_key_call* batch);

  /// A slot for a cgroup that was there before: it began at `started_ns` (CLOCK_MONOTONIC), and its startup
  /// ends in `steady_in` ticks, or has ended so many before. Fails when no place is free.
  [[nodiscard]] Result<Slot> adopt(const pl_cgroup_key&, std::uint64_t started_ns,
                                   std::int64_t steady_in) const;
  /// Its startup is so many ticks long, from its begin on. Nothing is done where it is named, and over.
  [[nodiscard]] Result<void> set_startup(Slot, std::uint64_t ticks) const;
  [[nodiscard]] Result<void> name(Slot, std::uint32_t epoch) const;
  /// Its place may be given out again, under another number. Nothing to do for a slot that has gone.
  [[nodiscard]] Result<void> forget(Slot) const;
  /// Stores the verdict "known" for these keys; not for one whose slot is gone, or has no more room in the
  /// cache. From one thread at a time.
  [[nodiscard]] Result<void> set_known(std::span<const Key>) const;
  /// The place that came free, to be given back by free_verdict() some seconds later; 0: the key was not
  /// there.
  [[nodiscard]] std::uint32_t forget_key(const pl_key&) const;
  void free_verdict(std::uint32_t place) const;
  /// The kernel's jiffies now; 0 if it does not tell.
  [[nodiscard]] std::uint64_t ticks() const;

 private:
  [[nodiscard]] Result<void> set_known_batch(std::uint32_t count) const;

  int adopt_, set_startup_, name_, forget_slot_, set_known_, forget_key_, read_ticks_;  ///< programs
  int free_slots_, free_verdicts_;                                                      ///< maps
  std::uint32_t slots_;                                                                 ///< places
  pl_key_call* batch_;
};

}  // namespace plimsoll
