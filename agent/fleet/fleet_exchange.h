// What a host and its fleet tell each other about profiles, and when. No thread, no clock: step() is given
// the time.
//
// In the store, `hosts/HASH OF THE HOST'S NAME/FILE` is a host's own share of a profile, which it alone
// writes; `merged/FILE` is the join of all shares, which anyone writes, on condition that it is what he has
// read. Both are profiles; FILE is named by the lineage, as on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "agent/core/log.h"
#include "agent/fleet/fleet_health.h"
#include "agent/store/objects.h"
#include "profiles/profile.h"
#include "profiles/toml_codec.h"

namespace plimsoll {

struct FleetOptions {
  std::string host;
  WallNs poll = 300 * kNsPerSecond;  ///< between two looks at a merged profile, give or take a tenth
  std::uint64_t seed = 0;            ///< of what keeps hosts apart in time
  ProfileFormat format = ProfileFormat::v1_1;  ///< that all agents of the fleet can read
};

class FleetExchange {
 public:
  /// Hands the loop what the fleet knows; false: not now.
  using Take = std::function<bool(Profile)>;

  FleetExchange(ObjectStore& store, FleetOptions options, Take take, Log log);

  /// A container of the lineage runs here: what the fleet knows is fetched at the next step, and then kept
  /// up.
  void want(const Lineage&);
  /// Whether containers of it run here now (so it is taken to be, when wanted). While none does, the fleet is
  /// told what is new here, and not asked; a look that was left out is made up when one does again.
  void set_running(const Lineage&, bool);
  /// The profile as it stands here now. Of a lineage that nobody wanted it is ignored.
  void offer(Profile);
  /// Not wanted any more. What this host has shared of it stays in the store.
  void forget(const Lineage&);
  /// While paused nothing is fetched, because nothing would be taken.
  void pause(bool paused) { paused_ = paused; }

  /// Does for one lineage what is due; the time at which there is more to do. `now` never goes back.
  WallNs step(WallNs now);
  /// Tells what is new, before the host may be gone for good.
  void farewell(WallNs now);

  /// The fleet has been asked about it, no longer ago than it should, or cannot be asked now.
  [[nodiscard]] bool answered(const Lineage&) const;
  [[nodiscard]] const FleetHealth& health() const { return health_; }

 private:
  /// One lineage.
  struct Entry {
    Lineage lineage;
    std::string file;
    bool asked = false, running = true;
    bool owed = false;  ///< a look was left out
    WallNs next = 0, since = 0;
    int conflicts = 0;  ///< in a row
    double later = 0;   ///< 0 to 1: this host's place among those that would gather

    std::optional<Profile> offered;  ///< newer than `own`
    std::optional<Profile> own;      ///< this host's share
    std::set<std::uint64_t> own_facts;
    std::optional<std::set<std::uint64_t>> told;  ///< facts of the share as it stands under hosts/
    std::string told_text;                        ///< its hash
    WallNs told_at = 0;

    std::string etag;                 ///< of the merged profile as it was taken; empty: none
    bool readable = true;             ///< false: it is left alone until somebody mends it
    std::set<std::uint64_t> known;    ///< its facts
    WallNs knows_us = 0, latest = 0;  ///< its last sighting by this host, and by any
  };
  struct Base {
    Profile profile;
    std::string body;
    Condition condition;
  };

  void refresh(Entry&) const;
  Result<void> exchange(Entry&, WallNs now);
  Result<std::optional<Base>> read(Entry&);
  Result<void> tell(Entry&, const Profile& own, WallNs now);
  Result<void> merge_into(Entry&, std::optional<Base>, const Profile& more, WallNs now);
  Result<Profile> gather(const Entry&, const Profile& own);
  bool fits(const std::string& text, const std::string& key);
  void note(Entry&, const Profile& merged);
  bool take(Entry&, Profile merged, std::string etag);
  std::optional<Profile> parse(const std::string& text, const std::string& key, const Entry&);
  [[nodiscard]] static bool lacks(const Entry&);
  [[nodiscard]] bool outdated(const Entry&, const Profile& own) const;
  Result<Got> get(const std::string& key, const std::string& unless_etag);
  Result<Put> put(const std::string& key, const std::string& text, const Condition&);
  double random();

  ObjectStore& store_;
  FleetOptions options_;
  Take take_;
  Log log_;
  std::map<Lineage, Entry> entries_;
  bool paused_ = false;
  WallNs now_ = 0;          ///< of the last step
  WallNs quiet_until_ = 0;  ///< the store did not answer
  int failures_ = 0;        ///< in a row
  FleetHealth health_;
  std::minstd_rand random_;
};

}  // namespace plimsoll
