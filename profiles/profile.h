// A profile: what an image does, who vouches for it, and on how much evidence. Pure values; no clock, no
// files.
//
// It is a join: merge() is commutative, associative and idempotent, so shares of many hosts may be merged in
// any order, grouping and number. Totals, coverage and state are derived, never stored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/core/alert.h"
#include "agent/core/behaviour.h"
#include "agent/core/clock.h"
#include "agent/core/result.h"
#include "detectors/detector.h"
#include "profiles/sketch.h"

namespace plimsoll {

/// What an image is for, across its versions. Evidence, state and behaviours belong to it.
struct Lineage {
  std::string repository;
  std::string role = "default";
  auto operator<=>(const Lineage&) const = default;
};

/// One image of a lineage. Several may run at once: a rollout, a self-test.
struct Generation {
  std::string parent;               ///< the image that was the newest when this one began; empty if none
  std::set<std::string> manifests;  ///< attributes, not keys
  std::set<std::string> tags;
  WallNs began = 0;      ///< when it was first watched, whole seconds; 0 when not known
  WallNs last_seen = 0;  ///< likewise, last
  bool operator==(const Generation&) const = default;
};

/// Where counts stop, so that sums over hosts cannot overflow.
constexpr std::uint64_t kMaxCount = 1'000'000'000'000'000;

/// What one host has counted; merged by maximum, field by field, because a host's own counts only grow.
struct Share {
  std::uint64_t minutes = 0;  ///< container-minutes in which it was seen (for the profile: observed in all)
  std::uint64_t five_minutes = 0;  ///< likewise, units of five minutes
  std::uint64_t count = 0;         ///< occurrences (for the profile: container lifetimes begun)
  WallNs last_seen = 0;            ///< whole seconds; 0 when not known. Pruning and expiry go by it
  auto operator<=>(const Share&) const = default;
};

/// In place of a host's name: of all those that are no more, and what counts no further (profiles/retire.h).
constexpr std::string_view kGone = "*";

/// The earlier of two times of which 0 is not known.
constexpr WallNs earlier(WallNs a, WallNs b) {
  return a == 0 || (b != 0 && b < a) ? b : a;
}

/// The image that showed something, and when that image began.
struct ShownBy {
  WallNs began = 0;
  std::string image;
  auto operator<=>(const ShownBy&) const = default;
};

struct Entry {
  std::uint64_t since_start_min = 0, since_start_max = 0;  ///< seconds since the container's start
  WallNs first_seen = 0;  ///< whole seconds; 0 when not known (written by hand)
  std::string first_host;
  std::string first_container;
  std::string first_image;              ///< the generation that showed it first
  bool with_release = false;            ///< that was a release in rollout (profiles/release.h)
  ShownBy newest;                       ///< of the generations that showed it, the one that began last
  std::map<std::string, Share> shares;  ///< by host
  Sketch seen_by;                       ///< of container ids
  std::uint64_t peers = 0;  ///< containers of the lineage that ran at once when it was seen, at most
  bool allowed = false;     ///< by a person
  Sketch distinct;          ///< of a pattern: what was seen in its place since it is in use
  bool operator==(const Entry&) const = default;
};

/// Only one container among many that ran at once has ever shown it, and no person allowed it: it is kept,
/// and is new all the same, until another container shows it while the profile learns. Never what a runtime
/// does in setup: no detector reports that, and when it happens is a race.
bool quarantined(const Behaviour&, const Entry&);
/// A release brought it, less than half a day ago, and no person allowed it.
bool on_trial(const Entry&);
/// Neither of both: part of what is expected.
bool believed(const Behaviour&, const Entry&);

class Profile final : public Baseline {
 public:
  Lineage lineage;
  std::map<std::string, Generation> generations;  ///< by image: see ImageKey::image
  std::set<Action> classes;                       ///< what its learners could see
  std::map<std::string, Share> shares;            ///< by host
  std::map<std::string, std::uint64_t> lost;      ///< events lost while learning, by host
  Sketch units;                                   ///< of container-minutes
  Sketch lives;                                   ///< of containers begun
  WallNs gone_before = 0;   ///< hosts last heard of before that are in the share of kGone; 0: none
  WallNs stable_since = 0;  ///< when the evidence sufficed for the first time, whole seconds; 0: not yet
  std::map<Behaviour, Entry> behaviours;
  std::set<Behaviour> tombstones;  ///< removed by a person; never learned again

  // What is not believed is not in it, nor what only a pattern covers (profiles/generalise.h).
  [[nodiscard]] bool contains(const Behaviour&) const override;
  [[nodiscard]] bool executes(std::string_view path) const override;
  [[nodiscard]] bool covers(Action) const override;
  bool operator==(const Profile&) const = default;
};

/// Joins what two know of one behaviour; hosts' shares by the maximum.
void join(Entry& into, const Entry& from);

/// Joins `from` into `into`; both are of the same lineage. Of two parents or first sightings that differ, one
/// is chosen by order, so that the result depends on nothing else. What either has removed is gone from both.
void merge(Profile& into, const Profile& from);

/// All hosts' shares in one: minutes and counts added up, the latest sighting.
Share total(const std::map<std::string, Share>&);
/// When the earliest behaviour was first seen; 0 when none says.
WallNs first_seen(const Profile&);
/// The generation that began last, ties by order; null without any.
const std::pair<const std::string, Generation>* newest(const Profile&);

/// How large a profile may grow. `bytes` counts the text of its behaviours; what evidence costs beside it is
/// bounded by the number of entries, so that a full profile still fits a file that can be read back.
struct Limits {
  std::size_t entries = 10'000;
  std::size_t bytes = 1024UL * 1024;
};
bool full(const Profile&, const Limits& = {});

/// The learned behaviour most like `b`: of the same action, and different in the fewest fields; ties are
/// broken by the order of behaviours. `b` itself does not count. None when nothing learned has anything in
/// common with it. Of a profile of more than 256 behaviours, those around its own place in their order are
/// compared.
struct Nearest {
  Behaviour behaviour;
  std::vector<std::string> differs;  ///< "phase", "actor", "outcome" or a field of the object
};
std::optional<Nearest> nearest(const Profile&, const Behaviour&);

}  // namespace plimsoll
