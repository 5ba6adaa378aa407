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
    const std::lock_guard lock(mutex_);
    const auto rest = std::stable_partition(waiting_.begin(), waiting_.end(),
                                            [&](const Waiting& one) { return !ready(one); });
    now.assign(std::move_iterator(rest), std::move_iterator(waiting_.end()));
    waiting_.erase(rest, waiting_.end());
  }
  for (const auto& one : now) {
    one.then();
  }
}

void Fleet::before(const Lineage& lineage, std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    wanted_.insert(lineage);
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
    const std::lock_guard lock(mutex_);
    hasty_ = true;
  }
  release([](const Waiting&) { return true; });
}

void Fleet::set_running(const Lineage& lineage, bool running) {
  const std::lock_guard lock(mutex_);
  running_.insert_or_assign(lineage, running);
  if (!running) {
    at_home_.erase(lineage);  // what is here may be old when it runs again
  }
}

void Fleet::offer(Profile profile) {
  const std::lock_guard lock(mutex_);
  auto lineage = profile.lineage;
  offered_.insert_or_assign(std::move(lineage), std::move(profile));
  work_.notify_all();
}

void Fleet::forget(const Lineage& lineage) {
  const std::lock_guard lock(mutex_);
  at_home_.erase(lineage);
  offered_.erase(lineage);
  running_.erase(lineage);
  forgotten_.insert(lineage);
}

void Fleet::pause(bool paused) {
  const std::lock_guard lock(mutex_);
  paused_ = paused;
  work_.notify_all();
}

FleetHealth Fleet::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void Fleet::stop(std::chrono::milliseconds timeout) {
  release_all();
  {
    std::unique_lock lock(mutex_);
    stop_ = true;
    work_.notify_all();
    if (!done_.wait_for(lock, timeout, [this] { return ended_; })) {
      store_.cancel();
    }
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

/// Hands the exchange what has come; without the lock from then on.
void Fleet::take_in(std::unique_lock<std::mutex>& lock) {
  const auto forgotten = std::exchange(forgotten_, {});
  auto wanted = std::exchange(wanted_, {});
  const auto running = std::exchange(running_, {});
  auto offered = std::exchange(offered_, {});
  const bool paused = paused_;
  lock.unlock();
  exchange_.pause(paused);
  for (const auto& lineage : forgotten) {
    exchange_.forget(lineage);
    asking_.erase(lineage);
  }
  for (const auto& [lineage, runs] : running) {
    if (runs || !asking_.contains(lineage)) {  // else another one of it waits to begin
      exchange_.set_running(lineage, runs);
    }
  }
  for (const auto& lineage : wanted) {
    exchange_.want(lineage);
  }
  for (auto& [lineage, profile] : offered) {
    exchange_.offer(std::move(profile));
  }
  asking_.merge(wanted);
}

void Fleet::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    take_in(lock);
    const auto now = clock_.now();
    const auto next = exchange_.step(now);
    lock.lock();
    health_ = exchange_.health();
    for (auto one = asking_.begin(); one != asking_.end();) {
      const auto next_one = std::next(one);
      if (exchange_.answered(*one)) {
        at_home_.insert(asking_.extract(one));
      }
      one = next_one;
    }
    lock.unlock();
    release([this](const Waiting& one) { return at_home_.contains(one.lineage); });
    lock.lock();
    const auto wait = std::min<std::chrono::nanoseconds>(std::chrono::nanoseconds(next - now), kLookAgain);
    if (next > now) {
      work_.wait_for(lock, wait, [this] { return stop_ || !wanted_.empty(); });
    }
  }
  take_in(lock);
  exchange_.farewell(clock_.now());
  lock.lock();
  health_ = exchange_.health();
  ended_ = true;
  done_.notify_all();
}

}  // namespace plimsoll
