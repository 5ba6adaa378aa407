// The fleet's own thread, so that the loop never waits for a network.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

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
  /// the first container of a lineage is not judged by an empty profile.
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
  void take_in(std::unique_lock<std::mutex>&);
  template <typename Ready>
  void release(Ready);

  ObjectStore& store_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable work_, done_;
  std::set<Lineage> at_home_;           ///< nobody waits for them (any more)
  std::set<Lineage> wanted_;            ///< and not handed to the exchange yet
  std::map<Lineage, bool> running_;     ///< likewise
  std::map<Lineage, Profile> offered_;  ///< likewise
  std::set<Lineage> forgotten_;         ///< likewise
  std::vector<Waiting> waiting_;
  bool paused_ = false, hasty_ = false, stop_ = false, ended_ = false;
  FleetHealth health_;
  FleetExchange exchange_;  ///< this and the next: the thread's alone
  std::set<Lineage> asking_;
  std::thread thread_;
};

}  // namespace plimsoll
