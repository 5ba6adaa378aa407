// Every profile the agent works with: found by container, made when missing, assessed, and kept apart from
// the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "agent/config/config.h"
#include "agent/engine/pattern_search.h"
#include "agent/engine/periodic.h"
#include "profiles/assess.h"
#include "profiles/decisions.h"
#include "profiles/key.h"
#include "profiles/startup.h"

namespace plimsoll {

struct ProfileRecord {
  Profile profile;
  Assessment assessment;
  Startup startup;                      ///< as of the last assessment
  Decisions decisions;                  ///< applied to the profile
  WallNs forgotten_at = 0;              ///< of these; what is learned since then counts as seen after it
  bool kept = true;                     ///< false for containers without a name: never learned, never saved
  bool dirty = false;                   ///< changed since it was handed to the store
  bool save_now = false;                ///< and not to wait until the next one is due
  bool on_disk = false;                 ///< read from the store, or handed to it
  WallNs handed_at = 0;                 ///< when it was last handed to the store; 0: never
  bool unassessed = true;               ///< changed since it was assessed
  bool knows_names = false;             ///< has destinations by name, as of the last assessment
  std::size_t rollouts = 0;             ///< releases in rollout, as of the last assessment
  Periodic prune{3600 * kNsPerSecond};  ///< looking for what is old
  WallNs use_noted = 0;                 ///< when its use was last written
  PatternSearch patterns;
  std::uint64_t running = 0;      ///< its containers that run now
  bool reported_running = false;  ///< whether any does, as it was last reported
  std::set<Behaviour> unsaved;    ///< learned since then
  std::set<Behaviour> handed;     ///< learned before that, and perhaps not written yet
  void change() { dirty = unassessed = true; }
  /// What was learned is written with the next look at what is dirty, however short ago the last writing was.
  void save_soon() { save_now = true; }
};

class ProfileRegistry {
 public:
  /// What is on disk at the start.
  void load(std::vector<Profile>, std::vector<Decisions>);
  /// A person has decided about a lineage. Null where nothing of it was seen yet.
  ProfileRecord* decide(Decisions);

  /// What others know about a lineage is joined into its profile, which is made when missing. This host's
  /// decisions stand above it; a locked profile takes only what people removed. Null where the profile is not
  /// kept.
  struct Joined {
    ProfileRecord* record = nullptr;
    bool changed = false;   ///< what is known, or what was removed
    std::size_t added = 0;  ///< behaviours that were not in it
  };
  Joined join(Profile from);

  /// The profile of the container's lineage; made when missing. Its image is one of the generations from now
  /// on.
  ProfileRecord& of(const Container&, WallNs now);
  void assess(ProfileRecord&, const Config::Learning&, WallNs now) const;
  /// A container of it runs, whether it is learned from or not. Its file says so a day later at the latest.
  static void note_use(ProfileRecord&, const Container&, WallNs now);

  /// Kept profiles that nobody locked, that `host` has learned in, that no container of it is of now, and
  /// that no host has seen in use for so long.
  [[nodiscard]] std::vector<Lineage> unused(const std::string& host, WallNs now, WallNs after) const;
  /// What was decided stays. No container may be of it.
  void erase(const Lineage& lineage) { records_.erase(lineage); }

  /// Copies of what has changed, to be written: those last handed over before `before`.
  std::vector<Profile> take_dirty(WallNs now, WallNs before);

  /// What an operator changed on disk becomes true: what stands in the files, and what was learned here and
  /// is not written yet. A file that is gone empties its profile. Returns the records that have changed.
  struct DiskState {
    std::vector<Profile> profiles;
    std::vector<Decisions> decisions;
    std::function<bool(const Profile&)>
        unreadable;  ///< its file is there and broken: the profile stays as it is
    std::function<bool(const Lineage&)> undecided;  ///< its decisions' file is broken: they stay as they are
    std::function<bool(const Lineage&)> unwritten;  ///< what was handed over for it never arrived
  };
  std::vector<ProfileRecord*> reload(DiskState);

  [[nodiscard]] const std::map<Lineage, std::unique_ptr<ProfileRecord>>& all() const { return records_; }
  [[nodiscard]] const std::map<Lineage, Decisions>& decisions() const { return decisions_; }

 private:
  bool replace(ProfileRecord&, Profile on_disk, bool unwritten);
  bool apply_to(ProfileRecord&);

  std::map<Lineage, std::unique_ptr<ProfileRecord>> records_;
  std::map<Lineage, Decisions> decisions_;
};

}  // namespace plimsoll
