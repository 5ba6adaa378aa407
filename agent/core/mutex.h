// std::mutex and its lock as clang's thread-safety analysis understands them: libstdc++'s are not annotated.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "agent/core/thread_annotations.h"

namespace plimsoll {

class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

/// Holds the mutex while it lives, but for the time between unlock() and lock().
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() RELEASE() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void unlock() RELEASE() { lock_.unlock(); }
  void lock() ACQUIRE() { lock_.lock(); }

 private:
  friend class ConditionVariable;
  std::unique_lock<std::mutex> lock_;
};

/// The predicates are called with the lock held: `[this]() REQUIRES(mutex_) { ... }`. The analysis does not
/// know that the lock which a wait is given is the predicate's.
class ConditionVariable {
 public:
  void notify_one() { changed_.notify_one(); }
  void notify_all() { changed_.notify_all(); }

  void wait(MutexLock& lock) { changed_.wait(lock.lock_); }
  template <typename Predicate>
  void wait(MutexLock& lock, Predicate predicate) NO_THREAD_SAFETY_ANALYSIS {
    while (!predicate()) changed_.wait(lock.lock_);
  }
  void wait_until(MutexLock& lock, std::chrono::steady_clock::time_point deadline) {
    changed_.wait_until(lock.lock_, deadline);
  }
  /// What the predicate says at the end.
  template <typename Predicate>
  bool wait_until(MutexLock& lock, std::chrono::steady_clock::time_point deadline,
                  Predicate predicate) NO_THREAD_SAFETY_ANALYSIS {
    while (!predicate()) {
      if (changed_.wait_until(lock.lock_, deadline) == std::cv_status::timeout) return predicate();
    }
    return true;
  }
  template <typename Predicate>
  bool wait_for(MutexLock& lock, std::chrono::nanoseconds timeout, Predicate predicate) {
    return wait_until(lock, std::chrono::steady_clock::now() + timeout, std::move(predicate));
  }

 private:
  std::condition_variable changed_;
};

}  // namespace plimsoll
