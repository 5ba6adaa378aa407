// When the self-test runs, and what a run means for each hook. Pure: times and sets of hooks in, sets out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace plimsoll {

/// A bit for each hook, by its number in the wire format (enum pl_hook).
using HookSet = std::uint32_t;

class SelfTestSchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `patience`: how long after a run began its events may still arrive.
  SelfTestSchedule(std::chrono::seconds every, std::chrono::seconds patience)
      : every_(every), patience_(patience) {}

  /// True when it is time for a run and none is in progress.
  [[nodiscard]] bool due(Time now) const;
  void begin(Time now);
  /// The result of the run in progress: what the process did.
  void performed(HookSet hooks) { performed_ = hooks; }
  /// These hooks have reported what it did.
  void reported(HookSet hooks) { reported_ |= hooks; }
  /// Ends the run when all hooks have reported, or when its time is over. True when the set of silent hooks
  /// has changed.
  bool evaluate(Time now);
  /// What the last finished run did and no hook reported.
  [[nodiscard]] HookSet silent() const { return silent_; }
  /// The process has not answered for longer than `patience`.
  [[nodiscard]] bool stuck() const { return stuck_; }

 private:
  std::chrono::seconds every_, patience_;
  Time last_;
  bool begun_ = false, running_ = false, stuck_ = false;
  std::optional<HookSet> performed_;
  HookSet reported_ = 0, silent_ = 0;
};

}  // namespace plimsoll
