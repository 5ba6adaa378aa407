// A sink with a thread and a bounded queue of its own, in front of a writer that may be slow or fail.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>

#include "agent/alerts/alerts.h"
#include "agent/alerts/writers.h"
#include "agent/core/mutex.h"

namespace plimsoll {

class QueuedSink final : public AlertSink {
 public:
  static constexpr std::size_t kMostLines = 4096;

  explicit QueuedSink(std::unique_ptr<LineWriter> writer);
  QueuedSink(const QueuedSink&) = delete;
  QueuedSink& operator=(const QueuedSink&) = delete;
  ~QueuedSink() override;
  void write(const Alert&) override;
  [[nodiscard]] std::uint64_t dropped() const override;
  [[nodiscard]] std::string last_error() const override;

 private:
  void run();

  std::unique_ptr<LineWriter> writer_;  ///< the thread's alone
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::deque<std::string> lines_ GUARDED_BY(mutex_);
  std::uint64_t dropped_ GUARDED_BY(mutex_) = 0;
  std::string last_error_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::chrono::steady_clock::time_point deadline_ GUARDED_BY(mutex_);  ///< set when stopping
  std::thread thread_;
};

}  // namespace plimsoll
