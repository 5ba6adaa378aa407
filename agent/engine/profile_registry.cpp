// The profiles in memory.
#include "agent/engine/profile_registry.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "profiles/share.h"

namespace plimsoll {

void ProfileRegistry::load(std::vector<Profile> profiles, std::vector<Decisions> decisions) {
  for (auto& one : decisions) {
    decisions_[one.lineage] = std::move(one);
  }
  for (auto& profile : profiles) {
    auto& record = records_[profile.lineage];
    record = std::make_unique<ProfileRecord>();
    record->profile = std::move(profile);
    record->on_disk = true;
    apply_to(*record);
  }
}

/// Whether the profile has changed.
bool ProfileRegistry::apply_to(ProfileRecord& record) {
  const auto decided = decisions_.find(record.profile.lineage);
  record.decisions = decided == decisions_.end() ? Decisions{} : decided->second;
  record.forgotten_at = forgotten_at(record.decisions);
  const auto [added, taken_out] = apply(record.decisions, record.profile);
  if (added == 0 && taken_out == 0) {
    return false;
  }
  std::erase_if(record.unsaved, [&](const Behaviour& b) { return !record.profile.behaviours.contains(b); });
  record.change();
  record.patterns.forget();
  return true;
}

ProfileRecord* ProfileRegistry::decide(Decisions decisions) {
  const auto lineage = decisions.lineage;
  decisions_[lineage] = std::move(decisions);
  const auto record = records_.find(lineage);
  if (record == records_.end()) {
    return nullptr;
  }
  apply_to(*record->second);
  return record->second.get();
}

ProfileRegistry::Joined ProfileRegistry::join(Profile from) {
  auto& record = records_[from.lineage];
  if (record == nullptr) {
    record = std::make_unique<ProfileRecord>();
    record->profile.lineage = from.lineage;
    apply_to(*record);
  }
  if (!record->kept) {
    return {};
  }
  auto& profile = record->profile;
  if (record->decisions.locked) {
    Profile removed;
    removed.lineage = from.lineage;
    removed.tombstones = std::move(from.tombstones);
    from = std::move(removed);
  }
  // Before they are joined: what was forgotten here and learned again must not become as old as theirs.
  apply(record->decisions, from);
  std::map<Behaviour, bool> before;  // whether what may change was known
  std::set<Behaviour> fresh;
  for (const auto& [behaviour, entry] : from.behaviours) {
    before[behaviour] = profile.contains(behaviour);
    if (!profile.behaviours.contains(behaviour)) {
      fresh.insert(behaviour);
    }
  }
  for (const auto& removed : from.tombstones) {
    before[removed] = profile.behaviours.contains(removed);
  }
  const auto classes = profile.classes;
  // A pattern that others removed takes out our examples of it, which it does not name.
  const bool pattern_removed = std::ranges::any_of(
      from.tombstones, [&](const Behaviour& b) { return b.pattern && !profile.tombstones.contains(b); });
  const auto had = profile.behaviours.size();
  merge_within(profile, std::move(from));
  apply_to(*record);
  record->change();
  record->unsaved.insert(fresh.begin(), fresh.end());
  const auto gone = [&](const Behaviour& b) { return !profile.behaviours.contains(b); };
  std::erase_if(record->unsaved, gone);
  std::erase_if(fresh, gone);
  const bool removed = pattern_removed || profile.behaviours.size() < had + fresh.size();
  const bool changed =
      removed || profile.classes != classes ||
      std::ranges::any_of(before, [&](const auto& was) { return profile.contains(was.first) != was.second; });
  if (changed) {
    record->patterns.forget();
  }
  return {.record = record.get(), .changed = changed, .added = fresh.size()};
}

ProfileRecord& ProfileRegistry::of(const Container& container, WallNs now) {
  auto& record = records_[lineage_of(container)];
  if (record == nullptr) {
    record = std::make_unique<ProfileRecord>();
    record->profile = profile_for(container);
    record->kept = !container.unnamed;
    apply_to(*record);
  }
  note_image(record->profile, container, now);
  return *record;
}

void ProfileRegistry::assess(ProfileRecord& record, const Config::Learning& learning, WallNs now) const {
  AssessOptions options;
  options.max_new_behaviours_per_day = learning.max_new_behaviours_per_day;
  options.stable_after_ns = learning.stable_after_ns;
  options.now = now;
  options.locked = record.decisions.locked;
  options.forgotten_at = record.forgotten_at;
  options.replicas = std::max<std::uint64_t>(record.running, 1);
  if (learning.paused) {
    options.stale_after_ns = std::numeric_limits<WallNs>::max();  // nobody counts what is seen meanwhile
  }
  record.assessment = plimsoll::assess(record.profile, options);
  // Many short lives make evidence look thin for a while: what was learned stays, unless it was forgotten.
  auto startup = startup_of(record.profile, learning.startup_phase_ns);
  const bool thin = startup.by == Startup::By::nothing && record.startup.by == Startup::By::profile &&
                    startup.containers >= record.startup.containers;
  if (!thin) {
    record.startup = std::move(startup);
  }
  record.knows_names = std::ranges::any_of(record.profile.behaviours, [](const auto& known) {
    const auto* connect = std::get_if<ConnectObject>(&known.first.object);
    return connect != nullptr && is_name(connect->dest);
  });
  record.patterns.forget();
  record.unassessed = false;
  if (record.assessment.state == State::stable && learning.stable_after_ns == 0 &&
      record.profile.stable_since == 0) {
    record.profile.stable_since = whole_seconds(now);
    record.change();
  }
}

void ProfileRegistry::note_use(ProfileRecord& record, const Container& container, WallNs now) {
  constexpr WallNs kDay = 86'400 * kNsPerSecond;
  note_image(record.profile, container, now);
  if (record.kept && now - record.use_noted >= kDay) {
    record.use_noted = now;
    record.dirty = true;
  }
}

std::vector<Lineage> ProfileRegistry::unused(const std::string& host, WallNs now, WallNs after) const {
  std::vector<Lineage> out;
  for (const auto& [lineage, record] : records_) {
    const auto& profile = record->profile;
    WallNs seen = total(profile.shares).last_seen;
    for (const auto& [image, generation] : profile.generations) {
      seen = std::max(seen, generation.last_seen);
    }
    if (record->kept && record->running == 0 && !record->decisions.locked && profile.shares.contains(host) &&
        now - seen > after) {
      out.push_back(lineage);
    }
  }
  return out;
}

std::vector<Profile> ProfileRegistry::take_dirty(WallNs now, WallNs before) {
  std::vector<Profile> out;
  for (auto& [key, record] : records_) {
    if (record->dirty && record->kept && (record->save_now || record->handed_at <= before)) {
      out.push_back(record->profile);
      record->dirty = record->save_now = false;
      record->on_disk = true;
      record->handed_at = now;
      record->handed = std::exchange(record->unsaved, {});
    }
  }
  return out;
}

std::vector<ProfileRecord*> ProfileRegistry::reload(DiskState disk) {
  std::vector<ProfileRecord*> changed;
  std::set<Lineage> seen;
  std::erase_if(decisions_, [&](const auto& item) { return !disk.undecided(item.first); });
  for (auto& one : disk.decisions) {
    decisions_[one.lineage] = std::move(one);
  }
  for (auto& profile : disk.profiles) {
    const auto lineage = profile.lineage;
    seen.insert(lineage);
    auto& record = records_[lineage];
    if (record == nullptr) {
      record = std::make_unique<ProfileRecord>();
      record->profile = std::move(profile);
      record->on_disk = true;
    } else if (replace(*record, std::move(profile), disk.unwritten(lineage))) {
      changed.push_back(record.get());
    }
  }
  for (auto& [lineage, record] : records_) {
    const bool gone = record->on_disk && !seen.contains(lineage) && !disk.unreadable(record->profile);
    if (!gone || !record->kept) {
      continue;
    }
    Profile empty;
    empty.lineage = lineage;
    empty.generations = record->profile.generations;
    if (replace(*record, std::move(empty), disk.unwritten(lineage))) {
      changed.push_back(record.get());
    }
  }
  for (auto& [lineage, record] : records_) {
    if (apply_to(*record) && std::ranges::find(changed, record.get()) == changed.end()) {
      changed.push_back(record.get());
    }
  }
  return changed;
}

bool ProfileRegistry::replace(ProfileRecord& record, Profile on_disk, bool unwritten) {
  auto& profile = record.profile;
  if (unwritten) {
    record.unsaved.merge(record.handed);
  }
  record.handed.clear();
  bool removed = false, added = false;
  for (const auto& [behaviour, entry] : profile.behaviours) {
    if (!on_disk.behaviours.contains(behaviour)) {
      if (record.unsaved.contains(behaviour) && !on_disk.tombstones.contains(behaviour)) {
        on_disk.behaviours.emplace(behaviour, entry);
      } else {
        removed = true;
      }
    }
  }
  for (const auto& [behaviour, entry] : on_disk.behaviours) {
    added = added || !profile.behaviours.contains(behaviour);
  }
  // Counts go on from the higher ones: the file is some seconds behind.
  if (!on_disk.shares.empty()) {
    Profile counts = profile;
    std::erase_if(counts.behaviours,
                  [&](const auto& entry) { return !on_disk.behaviours.contains(entry.first); });
    merge(on_disk, counts);
  }
  profile = std::move(on_disk);
  std::erase_if(record.unsaved, [&](const Behaviour& b) { return !profile.behaviours.contains(b); });
  record.unassessed = true;
  record.dirty = record.dirty || !record.unsaved.empty();
  record.patterns.forget();
  return removed || added;
}

}  // namespace plimsoll
