// The fleet's own thread, so that the loop never waits for a network.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "agent/core/mutex.h"
#include "agent/fleet/fleet_exchange.h"

namespace plimsoll {

class Fleet {
 public:
  /// `at_home`: lineages that have a profile here. The store outlives it.
  Fleet(ObjectStore& store, const Clock& clock, FleetOptions options, FleetExchange::Take take, Log log,
        std::set<Lineage> at_home);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// A container of the lineage is there. `then` goes on with it: at once where its profile is at home and
  /// kept up; else when the fleet has been asked what it knows, or does not answer within some seconds. So
  /// the first container of a lineage is not compared with an empty profile.
  void before(const Lineage&, std::function<void()> then);
  /// Lets go on what has waited long enough; once a second.
  void release_late();
  /// From now on nothing waits.
  void release_all();

  /// Whether containers of it run here now, when that has changed.
  void set_running(const Lineage&, bool);
  void offer(Profile);
  /// It is no profile of this host's any more: should it come back, the fleet is asked again.
  void forget(const Lineage&);
  void pause(bool paused);
  /// Tells the fleet what is new; after `timeout` whatever is under way is given up.
  void stop(std::chrono::milliseconds timeout);
  [[nodiscard]] FleetHealth health() const;

 private:
  using Steady = std::chrono::steady_clock;
  struct Waiting {
    Lineage lineage;
    std::function<void()> then;
    Steady::time_point since;
  };

  void run();
  /// What has come for the exchange.
  struct Arrived {
    std::set<Lineage> wanted, forgotten;
    std::map<Lineage, bool> running;
    std::map<Lineage, Profile> offered;
    bool paused = false;
  };
  Arrived take_arrived() REQUIRES(mutex_);
  void hand_over(Arrived);
  void take_answers() REQUIRES(mutex_);
  template <typename Ready>
  void release(Ready);

  ObjectStore& store_;
  const Clock& clock_;
  mutable Mutex mutex_;
  ConditionVariable work_, done_;
  std::set<Lineage> at_home_ GUARDED_BY(mutex_);  ///< nobody waits for them (any more)
  Arrived arrived_ GUARDED_BY(mutex_);            ///< and not handed to the exchange yet
  std::vector<Waiting> waiting_ GUARDED_BY(mutex_);
  bool hasty_ GUARDED_BY(mutex_) = false;
  bool stop_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = false;
  FleetHealth health_ GUARDED_BY(mutex_);
  FleetExchange exchange_;  ///< this and the next: the thread's alone
  std::set<Lineage> asking_;
  std::thread thread_;
};

}  // namespace plimsoll
