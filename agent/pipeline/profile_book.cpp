// The profiles in memory.
#include "agent/pipeline/profile_book.h"

#include <algorithm>
#include <utility>

namespace plimsoll {
namespace {

constexpr WallNs kLongAgo = 1;

}  // namespace

void ProfileBook::load(std::vector<Profile> profiles) {
  for (auto& profile : profiles) {
    auto& record = records_[key_of(profile)];
    record = std::make_unique<ProfileRecord>();
    record->profile = std::move(profile);
    record->saved = kLongAgo;
  }
}

ProfileRecord& ProfileBook::of(const Container& container) {
  const auto key = key_of(container);
  if (const auto at = records_.find(key); at != records_.end()) {
    note_image(at->second->profile, container);
    return *at->second;
  }
  auto record = std::make_unique<ProfileRecord>();
  record->profile = profile_for(container);
  record->kept = !container.unnamed;
  const ProfileRecord* latest = nullptr;
  for (const auto& [other, candidate] : records_) {
    if (other.lineage == key.lineage && candidate->kept && record->kept &&
        (latest == nullptr || first_seen(candidate->profile) > first_seen(latest->profile))) {
      latest = candidate.get();
    }
  }
  if (latest != nullptr) {
    Profile inherited = latest->profile;
    inherited.parent = inherited.image_id;
    inherited.image_id = record->profile.image_id;
    inherited.manifests = record->profile.manifests;
    inherited.tags = record->profile.tags;
    record->profile = std::move(inherited);
  }
  return *records_.emplace(key, std::move(record)).first->second;
}

void ProfileBook::assess(ProfileRecord& record, const Config::Learning& learning, WallNs now) const {
  AssessOptions options;
  options.max_news_per_day = learning.max_news_per_day;
  options.stable_after_ns = learning.stable_after_ns;
  options.now = now;
  options.replicas = std::max<std::uint64_t>(record.running, 1);
  record.assessment = plimsoll::assess(record.profile, options);
}

std::vector<Profile> ProfileBook::take_dirty(WallNs now, WallNs before) {
  std::vector<Profile> out;
  for (auto& [key, record] : records_) {
    if (record->dirty && record->kept && record->saved <= before) {
      out.push_back(record->profile);
      record->dirty = false;
      record->saved = now;
      record->handed = std::exchange(record->unsaved, {});
    }
  }
  return out;
}

std::vector<ProfileRecord*> ProfileBook::reload(DiskState disk) {
  std::vector<ProfileRecord*> changed;
  std::set<ProfileKey> seen;
  for (auto& profile : disk.profiles) {
    const auto key = key_of(profile);
    seen.insert(key);
    auto& record = records_[key];
    if (record == nullptr) {
      record = std::make_unique<ProfileRecord>();
      record->profile = std::move(profile);
      record->saved = kLongAgo;
    } else if (replace(*record, std::move(profile), disk.unwritten(key))) {
      changed.push_back(record.get());
    }
  }
  for (auto& [key, record] : records_) {
    const bool gone = record->saved != 0 && !seen.contains(key) && !disk.unreadable(record->profile);
    if (!gone || !record->kept) {
      continue;
    }
    Profile empty;
    empty.lineage = record->profile.lineage;
    empty.image_id = record->profile.image_id;
    empty.tags = record->profile.tags;
    empty.manifests = record->profile.manifests;
    if (replace(*record, std::move(empty), disk.unwritten(key))) {
      changed.push_back(record.get());
    }
  }
  return changed;
}

bool ProfileBook::replace(ProfileRecord& record, Profile on_disk, bool unwritten) {
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
  record.dirty = record.dirty || !record.unsaved.empty();
  if (removed || added) {
    ++record.epoch;
  }
  return removed || added;
}

}  // namespace plimsoll
