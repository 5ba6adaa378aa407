// Naming cgroups, with patience.
#include "agent/pipeline/resolver_pool.h"

namespace plimsoll {

ResolverPool::Delays ResolverPool::default_delays() {
  using std::chrono::milliseconds;
  return {milliseconds(5),   milliseconds(10),  milliseconds(20),   milliseconds(50),  milliseconds(100),
          milliseconds(250), milliseconds(500), milliseconds(1000), milliseconds(1000)};
}

ResolverPool::ResolverPool(const Resolver& resolver, Done done, std::size_t threads, Delays delays)
    : resolver_(resolver), done_(std::move(done)), delays_(std::move(delays)) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

ResolverPool::~ResolverPool() {
  finish();
}

void ResolverPool::ask(Containers::ResolveRequest ask) {
  const MutexLock lock(mutex_);
  waiting_.emplace(Clock::now(), Try{std::move(ask)});
  ready_.notify_one();
}

void ResolverPool::finish() {
  {
    const MutexLock lock(mutex_);
    finishing_ = true;
    ready_.notify_all();
  }
  for (auto& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

void ResolverPool::run() {
  MutexLock lock(mutex_);
  while (true) {
    if (waiting_.empty()) {
      if (finishing_) {
        return;
      }
      ready_.wait(lock);
    } else if (!finishing_ && waiting_.begin()->first > Clock::now()) {
      ready_.wait_until(lock, waiting_.begin()->first);
    } else {
      Try next = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      lock.unlock();
      attempt(std::move(next));
      lock.lock();
    }
  }
}

void ResolverPool::attempt(Try next) {
  const auto answer = resolver_.resolve(next.ask.hint);
  if (const auto* found = std::get_if<ContainerPtr>(&answer)) {
    done_(next.ask.slot, *found);
    return;
  }
  const auto* not_yet = std::get_if<NotYet>(&answer);
  if (not_yet == nullptr) {
    done_(next.ask.slot, nullptr);
    return;
  }
  {
    const MutexLock lock(mutex_);
    if (next.tries < delays_.size() && !finishing_) {
      const auto due = Clock::now() + delays_[next.tries];
      ++next.tries;
      waiting_.emplace(due, std::move(next));
      ready_.notify_one();
      return;
    }
  }
  done_(next.ask.slot, not_yet->guess);
}

}  // namespace plimsoll
