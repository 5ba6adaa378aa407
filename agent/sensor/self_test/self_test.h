// A process of the agent's own that does what hooks watch for: what it did and nobody heard of names a hook
// that is blind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/event.h"
#include "agent/core/fd.h"
#include "agent/core/result.h"

namespace plimsoll {

/// A bit for each hook, by its number in the wire format (enum pl_hook).
using HookSet = std::uint32_t;

/// The process. It has no capability, so that nothing it does succeeds that could do harm: it is refused
/// mounts, user ids, capabilities, namespaces and packet sockets, connects a UDP socket to the loopback
/// without sending, and executes a program.
class SelfTest {
 public:
  static constexpr const char* kSelfTestName = "plimsoll-selftest";

  /// Forks: called before there are threads, and before the caller gives up fork(2) and execve(2). `program`
  /// is what it executes, under the name kSelfTestName; it has to end by itself, and soon.
  static Result<std::unique_ptr<SelfTest>> start(const std::string& program);
  SelfTest(const SelfTest&) = delete;
  SelfTest& operator=(const SelfTest&) = delete;
  ~SelfTest();  ///< it has ended

  /// Has it take the identity of a slot, by that program, which it runs itself.
  [[nodiscard]] Result<void> join(int program_fd, Slot slot) const;
  /// Has it do everything once. Returns at once.
  [[nodiscard]] Result<void> run() const;
  /// What it did in the song that it ended last; nothing while it sings. An error: it is gone.
  [[nodiscard]] Result<std::optional<HookSet>> result() const;

 private:
  SelfTest(pid_t pid, Fd socket) : pid_(pid), socket_(std::move(socket)) {}

  pid_t pid_;
  Fd socket_;
};

/// When it sings, and what was heard of it.
class SelfTestSchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `patience`: how long a song may take to be heard.
  SelfTestSchedule(std::chrono::seconds every, std::chrono::seconds patience)
      : every_(every), patience_(patience) {}

  /// Is it time for a song? The one before is over.
  [[nodiscard]] bool due(Time now) const;
  void begin(Time now);
  void did(HookSet hooks) { did_ = hooks; }
  void heard(HookSet hooks) { heard_ |= hooks; }
  /// Ends the song when all of it was heard, or it has had its time. True when the silent hooks are others
  /// than before.
  bool judge(Time now);
  /// Did it and were not heard, in the song that was judged last.
  [[nodiscard]] HookSet silent() const { return silent_; }
  /// It began a song and has not said what it did, for longer than it may take.
  [[nodiscard]] bool stuck() const { return stuck_; }

 private:
  std::chrono::seconds every_, patience_;
  Time last_;
  bool begun_ = false, running_ = false, stuck_ = false;
  std::optional<HookSet> did_;
  HookSet heard_ = 0, silent_ = 0;
};

}  // namespace plimsoll
