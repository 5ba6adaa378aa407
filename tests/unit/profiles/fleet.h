// A fleet on a virtual clock: nodes that come and go, releases, jobs, one profile a lineage in a store that
// all of them merge into, and what each of them would have alerted on. The library alone; no agent.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "profiles/assess.h"
#include "profiles/learner.h"

namespace plimsoll::testing {

/// One lineage's part of the fleet.
struct FleetPlan {
  int replicas = 100;      ///< each on a node of its own
  int node_minutes = 120;  ///< that a node lives
  double releases = 1;     ///< a day
  int run_minutes = 0;     ///< above 0: a job that starts so often and lives for less than a minute
  int poisoned_on =
      -1;  ///< the day on which a release with an intruder's doings is rolled out, and taken back
  int days = 7;
};

struct FleetOutcome {
  std::uint64_t releases = 0;         ///< after the second day, as are all of these
  std::uint64_t changed = 0;          ///< of them do something new
  std::uint64_t minutes = 0;          ///< container-minutes
  std::uint64_t active = 0;           ///< of them
  std::uint64_t release_alerts = 0;   ///< by fingerprint, the poisoned one's left out
  std::uint64_t false_alerts = 0;     ///< likewise, of single behaviours: nobody intruded
  std::uint64_t poison_told = 0;      ///< what the poisoned release did and was told of
  std::uint64_t poison_absorbed = 0;  ///< what it did and was believed a day after it was taken back
  std::uint64_t poison = 0;           ///< behaviours that it brought
  std::size_t largest = 0;            ///< bytes of the merged profile
  std::uint64_t puts = 0, gets = 0;   ///< whole profiles, to and from the store

  void add(const FleetOutcome&);
};

FleetOutcome run_fleet(const FleetPlan&, unsigned seed);

}  // namespace plimsoll::testing
