// A live recording: lines from the loop to whoever writes them.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/mutex.h"
#include "agent/engine/input_log.h"

namespace plimsoll {

class Recorder final : public InputLog {
 public:
  /// `most`: bytes that may wait to be taken. One more, and the recording is over: with a hole it would be
  /// none.
  explicit Recorder(std::size_t most = 64UL << 20U) : most_(most) {}

  void input(capture::Record) override;
  std::vector<KeyCount> counts(std::vector<KeyCount> read) override;
  Losses losses(const std::string& container, Losses read) override;
  [[nodiscard]] bool ended() const override { return ended_; }

  /// Waits up to `timeout`; nothing when nothing came.
  std::optional<std::string> next(std::chrono::milliseconds timeout);
  /// No more is taken in. What waits can still be taken.
  void end() { ended_ = true; }

 private:
  void put(std::string line);

  const std::size_t most_;
  std::string pending_;  ///< the last input: what is read for it stands before it
  std::map<std::string, Losses> lost_;
  std::atomic<bool> ended_ = false;

  Mutex mutex_;
  ConditionVariable ready_;
  std::deque<std::string> lines_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace plimsoll
