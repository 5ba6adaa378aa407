// The counters of the kernel side, corrected by what became of its records here.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "agent/core/mutex.h"
#include "agent/sensor/attach/programs.h"
#include "agent/sensor/sensor.h"
#include "agent/sensor/wire.h"

namespace plimsoll {

class Tally {
 public:
  /// The programs outlive this.
  Tally(int counters_fd, const Programs& programs) : fd_(counters_fd), programs_(&programs) {}

  /// Records that an earlier agent has read, by hook; they are left out.
  void begin_after(std::span<const __u64, PL_HOOKS> read);
  /// What retired programs had lost, by hook.
  void add_lost(const std::map<std::string, Losses>& lost) {
    const MutexLock lock(mutex_);
    lost_before_ = lost;
  }
  /// A record of an activity that retired programs have left unread: lost, unless it is recovered.
  void left_unread(std::uint32_t hook) { left_[hook].fetch_add(1, std::memory_order_relaxed); }
  void recovered(std::uint32_t hook) { recovered_[hook].fetch_add(1, std::memory_order_relaxed); }
  /// A record that could not be read.
  void undecoded(std::uint32_t hook) { undecoded_[hook].fetch_add(1, std::memory_order_relaxed); }
  /// A record that is not passed on: the self-test's.
  void withheld(std::uint32_t hook) { withheld_[hook].fetch_add(1, std::memory_order_relaxed); }

  /// As Sensor::counters(). From any thread.
  [[nodiscard]] std::map<std::string, HookCounters> read() const;

 private:
  using Counts = std::array<std::atomic<std::uint64_t>, PL_HOOKS>;

  void add_left(std::map<std::string, HookCounters>&) const;
  void add_missed_runs(std::map<std::string, HookCounters>&) const;

  int fd_;
  const Programs* programs_;
  std::array<std::uint64_t, PL_HOOKS> read_before_{};
  Counts undecoded_{}, withheld_{}, left_{}, recovered_{};
  mutable Mutex mutex_;
  std::map<std::string, Losses> lost_before_ GUARDED_BY(mutex_);
};

}  // namespace plimsoll
