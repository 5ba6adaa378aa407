// The queue into the loop: bounded for those who can wait, always open for those who must not.
#pragma once

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "agent/core/mutex.h"

namespace plimsoll {

template <typename T>
class Queue {
 public:
  explicit Queue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits while the queue is full; the item is dropped when it has been closed. `weight`: how much of the
  /// capacity it takes.
  void push(T item, std::size_t weight = 1) {
    MutexLock lock(mutex_);
    space_.wait(lock, [this]() REQUIRES(mutex_) { return weight_ < capacity_ || closed_; });
    if (!add(std::move(item), weight)) return;
    lock.unlock();
    items_ready_.notify_one();
  }

  /// Never waits, and weighs nothing: for the few messages (requests, resolved containers) that are bounded
  /// by their senders. False when the queue has been closed.
  bool post(T item) {
    MutexLock lock(mutex_);
    if (!add(std::move(item), 0)) return false;
    lock.unlock();
    items_ready_.notify_one();
    return true;
  }

  /// Replaces `out` with everything that is queued, in order, waiting until `deadline` for something. `out`'s
  /// memory is taken over for the next items, so that the steady state allocates none. False when closed and
  /// empty.
  bool take(std::vector<T>& out, std::chrono::steady_clock::time_point deadline) {
    out.clear();
    MutexLock lock(mutex_);
    items_ready_.wait_until(lock, deadline, [this]() REQUIRES(mutex_) { return !items_.empty() || closed_; });
    std::swap(out, items_);
    weight_ = 0;
    const bool more = !out.empty() || !closed_;
    lock.unlock();
    space_.notify_all();
    return more;
  }

  /// Takes no more; what is queued can still be taken.
  void close() {
    const MutexLock lock(mutex_);
    closed_ = true;
    space_.notify_all();
    items_ready_.notify_all();
  }

  /// The weight of what is queued.
  [[nodiscard]] std::size_t depth() const {
    const MutexLock lock(mutex_);
    return weight_;
  }

 private:
  bool add(T item, std::size_t weight) REQUIRES(mutex_) {
    if (closed_) {
      return false;
    }
    weight_ += weight;
    items_.push_back(std::move(item));
    return true;
  }

  const std::size_t capacity_;
  mutable Mutex mutex_;
  ConditionVariable space_, items_ready_;
  std::vector<T> items_ GUARDED_BY(mutex_);
  std::size_t weight_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace plimsoll
