// Runs the self-test and checks that each hook reports what it does.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/core/losses.h"
#include "agent/core/mutex.h"
#include "agent/sensor/self_test/self_test.h"
#include "agent/sensor/self_test/self_test_schedule.h"
#include "agent/sensor/sensor.h"
#include "agent/sensor/wire.h"

namespace plimsoll {

/// The key of its slot in the map of cgroups: no cgroup has that id.
inline pl_cgroup_key self_test_cgroup(std::uint32_t hierarchy) {
  return {~std::uint64_t{0}, hierarchy, 0};
}

class SelfTestMonitor {
 public:
  /// `self_test`: null for none.
  SelfTestMonitor(const SelfTest* self_test, std::chrono::seconds every, std::chrono::seconds patience)
      : self_test_(self_test), schedule_(every, patience) {}

  /// Gives the process a slot that belongs to no cgroup, so that all events of the slot are the self-test's.
  /// `join` is the program by which the process enters the slot. An error becomes the problem().
  void start(const Result<Slot>&, int join);
  [[nodiscard]] Slot slot() const { return slot_; }
  /// Leaves these hooks out: the kernel refuses what the self-test does before they could see it. Call it
  /// before the first check().
  void skip(HookSet hooks) { skipped_ = hooks; }

  /// A hook has reported the self-test. From the thread that reads the rings.
  void reported(std::uint32_t hook) { reported_ |= HookSet{1} << hook; }

  /// Evaluates the run in progress, and starts the next when it is due. Call it every few seconds, from one
  /// thread. `lost`: what its slot has lost so far. `renew` voids the verdicts of its slot. True when the set
  /// of silent hooks has changed.
  bool check(const Losses& lost, const std::function<Result<void>(std::uint32_t epoch)>& renew);

  // From any thread.

  /// Sets `silent` of those of the hooks that are silent.
  void mark(std::vector<HookStatus>&) const;
  [[nodiscard]] std::string problem() const;

 private:
  void set_problem(std::string);

  const SelfTest* self_test_;
  Slot slot_ = 0;
  std::uint32_t epoch_ = 0;
  HookSet skipped_ = 0;
  Losses lost_before_;  // the run in progress
  SelfTestSchedule schedule_;
  std::atomic<HookSet> reported_ = 0, silent_ = 0;
  mutable Mutex mutex_;
  std::string problem_ GUARDED_BY(mutex_);
};

}  // namespace plimsoll
