// Whether the self-test is heard: its songs, and what comes of them through the rings.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/core/losses.h"
#include "agent/core/mutex.h"
#include "agent/sensor/self_test.h"
#include "agent/sensor/sensor.h"
#include "agent/sensor/wire.h"

namespace plimsoll {

/// What its slot is entered under: no cgroup has that id.
inline pl_cgroup_key self_test_cgroup(std::uint32_t hierarchy) {
  return {~std::uint64_t{0}, hierarchy, 0};
}

class SelfTestListener {
 public:
  /// `self-test`: null for none.
  SelfTestListener(const SelfTest* self_test, std::chrono::seconds every, std::chrono::seconds patience)
      : self_test_(self_test), watch_(every, patience) {}

  /// Its slot: of no cgroup, so that what happens in it is the self-test's. `join` is the program by which it
  /// takes the slot. What fails is the problem().
  void begin(const Result<Slot>&, int join);
  [[nodiscard]] Slot slot() const { return slot_; }
  /// These are not tried: what it does is refused before they could see it. Before the first listen().
  void spare(HookSet hooks) { spared_ = hooks; }

  /// From the thread that reads the rings.
  void hear(std::uint32_t hook) { heard_ |= HookSet{1} << hook; }

  /// Every few seconds, from one thread. `lost`: what its slot has lost so far. `renew` voids what was
  /// judged of it. True when other hooks are silent than before.
  bool listen(const Losses& lost, const std::function<Result<void>(std::uint32_t epoch)>& renew);

  // From any thread.

  /// Marks those of the hooks that are silent.
  void mark(std::vector<HookStatus>&) const;
  [[nodiscard]] std::string problem() const;

 private:
  void set_problem(std::string);

  const SelfTest* self_test_;
  Slot slot_ = 0;
  std::uint32_t epoch_ = 0;
  HookSet spared_ = 0;
  Losses lost_before_;  // this song
  SelfTestSchedule watch_;
  std::atomic<HookSet> heard_ = 0, silent_ = 0;
  mutable Mutex mutex_;
  std::string problem_ GUARDED_BY(mutex_);
};

}  // namespace plimsoll
