// Threads that name cgroups: at once, and again while a runtime is still writing its files.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <thread>
#include <vector>

#include "agent/core/mutex.h"
#include "agent/engine/containers.h"
#include "agent/identity/resolver.h"

namespace plimsoll {

class ResolverPool {
 public:
  using Delays = std::vector<std::chrono::milliseconds>;
  /// Waits before each further try, about three seconds in all. A container may be gone after a few
  /// milliseconds, so the first ones are short.
  static Delays default_delays();

  /// Called on one of the pool's threads; null: no container.
  using Done = std::function<void(Slot, ContainerPtr)>;

  ResolverPool(const Resolver& resolver, Done done, std::size_t threads = 3,
               Delays delays = default_delays());
  ~ResolverPool();
  ResolverPool(const ResolverPool&) = delete;
  ResolverPool& operator=(const ResolverPool&) = delete;

  void ask(Containers::ResolveRequest);
  /// No more waiting: every request gets one last try, and `done` has been called for all when this returns.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  struct Try {
    Containers::ResolveRequest ask;
    std::size_t tries = 0;
  };

  void run();
  void attempt(Try);

  const Resolver& resolver_;
  const Done done_;
  const Delays delays_;
  Mutex mutex_;
  ConditionVariable ready_;
  std::multimap<Clock::time_point, Try> waiting_ GUARDED_BY(mutex_);
  bool finishing_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace plimsoll
