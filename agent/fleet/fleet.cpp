// Exchanging profiles behind the loop's back.
#include "agent/fleet/fleet.h"

#include <algorithm>
#include <utility>

namespace plimsoll {
namespace {

constexpr auto kPatience = std::chrono::seconds(3);
constexpr auto kLookAgain = std::chrono::seconds(5);  // the wall clock may have been set meanwhile

}  // namespace

Fleet::Fleet(ObjectStore& store, const Clock& clock, FleetOptions options, FleetExchange::Take take, Log log,
             std::set<Lineage> at_home)
    : store_(store),
      clock_(clock),
      at_home_(std::move(at_home)),
      exchange_(store, std::move(options), std::move(take), std::move(log)) {
  health_ = exchange_.health();
  thread_ = std::thread([this] { run(); });
}

Fleet::~Fleet() {
  stop(std::chrono::milliseconds(0));
}

/// Calls what is ready without the lock.
template <typename Ready>
void Fleet::release(Ready ready) {
  std::vector<Waiting> now;
  {
    const MutexLock lock(mutex_);
    // `ready` is called with the lock held, which the analysis does not see inside a lambda.
    const auto waits = [&](const Waiting& one) NO_THREAD_SAFETY_ANALYSIS { return !ready(one); };
    const auto rest = std::stable_partition(waiting_.begin(), waiting_.end(), waits);
    now.assign(std::move_iterator(rest), std::move_iterator(waiting_.end()));
    waiting_.erase(rest, waiting_.end());
  }
  for (const auto& one : now) {
    one.then();
  }
}

void Fleet::before(const Lineage& lineage, std::function<void()> then) {
  {
    const MutexLock lock(mutex_);
    arrived_.wanted.insert(lineage);
    work_.notify_all();
    if (!hasty_ && !at_home_.contains(lineage)) {
      waiting_.push_back({lineage, std::move(then), Steady::now()});
      return;
    }
  }
  then();
}

void Fleet::release_late() {
  release([deadline = Steady::now() - kPatience](const Waiting& one) { return one.since < deadline; });
}

void Fleet::release_all() {
  {
    const MutexLock lock(mutex_);
    hasty_ = true;
  }
  release([](const Waiting&) { return true; });
}

void Fleet::set_running(const Lineage& lineage, bool running) {
  const MutexLock lock(mutex_);
  arrived_.running.insert_or_assign(lineage, running);
  if (!running) {
    at_home_.erase(lineage);  // what is here may be old when it runs again
  }
}

void Fleet::offer(Profile profile) {
  const MutexLock lock(mutex_);
  auto lineage = profile.lineage;
  arrived_.offered.insert_or_assign(std::move(lineage), std::move(profile));
  work_.notify_all();
}

void Fleet::forget(const Lineage& lineage) {
  const MutexLock lock(mutex_);
  at_home_.erase(lineage);
  arrived_.offered.erase(lineage);
  arrived_.running.erase(lineage);
  arrived_.forgotten.insert(lineage);
}

void Fleet::pause(bool paused) {
  const MutexLock lock(mutex_);
  arrived_.paused = paused;
  work_.notify_all();
}

FleetHealth Fleet::health() const {
  const MutexLock lock(mutex_);
  return health_;
}

void Fleet::stop(std::chrono::milliseconds timeout) {
  release_all();
  {
    MutexLock lock(mutex_);
    stop_ = true;
    work_.notify_all();
    if (!done_.wait_for(lock, timeout, [this]() REQUIRES(mutex_) { return ended_; })) {
      store_.cancel();
    }
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

Fleet::Arrived Fleet::take_arrived() {
  return std::exchange(arrived_, {.paused = arrived_.paused});
}

/// Without the lock: the exchange may wait for a network.
void Fleet::hand_over(Arrived arrived) {
  exchange_.pause(arrived.paused);
  for (const auto& lineage : arrived.forgotten) {
    exchange_.forget(lineage);
    asking_.erase(lineage);
  }
  for (const auto& [lineage, runs] : arrived.running) {
    if (runs || !asking_.contains(lineage)) {  // else another one of it waits to begin
      exchange_.set_running(lineage, runs);
    }
  }
  for (const auto& lineage : arrived.wanted) {
    exchange_.want(lineage);
  }
  for (auto& [lineage, profile] : arrived.offered) {
    exchange_.offer(std::move(profile));
  }
  asking_.merge(arrived.wanted);
}

void Fleet::take_answers() {
  health_ = exchange_.health();
  for (auto one = asking_.begin(); one != asking_.end();) {
    const auto next = std::next(one);
    if (exchange_.answered(*one)) {
      at_home_.insert(asking_.extract(one));
    }
    one = next;
  }
}

void Fleet::run() {
  MutexLock lock(mutex_);
  while (!stop_) {
    auto arrived = take_arrived();
    lock.unlock();
    hand_over(std::move(arrived));
    const auto now = clock_.now();
    const auto next = exchange_.step(now);
    lock.lock();
    take_answers();
    lock.unlock();
    release([this](const Waiting& one) REQUIRES(mutex_) { return at_home_.contains(one.lineage); });
    lock.lock();
    const auto wait = std::min<std::chrono::nanoseconds>(std::chrono::nanoseconds(next - now), kLookAgain);
    if (next > now) {
      work_.wait_for(lock, wait, [this]() REQUIRES(mutex_) { return stop_ || !arrived_.wanted.empty(); });
    }
  }
  auto arrived = take_arrived();
  lock.unlock();
  hand_over(std::move(arrived));
  exchange_.farewell(clock_.now());
  lock.lock();
  health_ = exchange_.health();
  ended_ = true;
  done_.notify_all();
}

}  // namespace plimsoll
