// The process of the self-test. It does what hooks watch for; a hook that does not report it is blind,
// although it is attached.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/core/event.h"
#include "agent/core/fd.h"
#include "agent/core/result.h"
#include "agent/sensor/self_test/self_test_schedule.h"

namespace plimsoll {

/// The process has no capability, so that nothing harmful succeeds. The kernel refuses it mounts, user ids,
/// capabilities, namespaces and packet sockets; it connects a UDP socket to the loopback address without
/// sending, and executes a program.
class SelfTest {
 public:
  static constexpr const char* kSelfTestName = "plimsoll-selftest";

  /// Forks: call it before there are threads, and before the caller gives up fork(2) and execve(2). `program`
  /// is what the process executes, under the name kSelfTestName; it must end by itself, and soon.
  static Result<std::unique_ptr<SelfTest>> start(const std::string& program);
  SelfTest(const SelfTest&) = delete;
  SelfTest& operator=(const SelfTest&) = delete;
  ~SelfTest();  ///< ends the process

  /// Makes the process a task of that slot: it runs the BPF program join_slot, whose descriptor it is given.
  [[nodiscard]] Result<void> join(int program_fd, Slot slot) const;
  /// Starts a run, in which the process does everything once, and returns at once.
  [[nodiscard]] Result<void> run() const;
  /// What the process did in the last run; nothing while that is in progress. Fails when the process is gone.
  [[nodiscard]] Result<std::optional<HookSet>> result() const;

 private:
  SelfTest(pid_t pid, Fd socket) : pid_(pid), socket_(std::move(socket)) {}

  pid_t pid_;
  Fd socket_;
};

}  // namespace plimsoll
