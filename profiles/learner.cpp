// Learning and the counting of container-minutes.
#include "profiles/learner.h"

#include <algorithm>
#include <functional>
#include <type_traits>

namespace plimsoll {
namespace {

constexpr std::size_t kTrackedPerContainer = 4096;
constexpr std::size_t kTrackedInAll = 131'072;
constexpr std::size_t kMaxContainers = 16'384;

/// Of the container's life.
std::int64_t minute_of(const Sighting& seen) {
  return static_cast<std::int64_t>(seen.since_start / 60);
}

/// The unit of five minutes that a minute lies in.
std::int64_t five_of(std::int64_t minute) {
  return minute / 5;
}

void add(std::uint64_t& to, std::uint64_t more) {
  to = more > kMaxCount - std::min(to, kMaxCount) ? kMaxCount : to + more;
}

void saw(Share& share, WallNs time) {
  share.last_seen = std::max(share.last_seen, whole_seconds(time));
}

std::string life_of(std::string_view container, WallNs began) {
  return std::string{container} + '/' + std::to_string(began);
}

/// For this process only. Two behaviours with one hash share their minutes: one may miss some.
std::uint64_t hash_of(const Behaviour& b) {
  std::size_t hash = b.object.index();
  const auto add = [&hash](const auto& field) {
    hash = hash * 0x9e3779b97f4a7c15U + std::hash<std::remove_cvref_t<decltype(field)>>{}(field);
  };
  add(b.phase), add(b.outcome), add(b.actor), add(b.pattern);
  for_each_field(b.object, [&](std::string_view, const auto& field) { add(field); });
  return hash;
}

void shown(Entry& entry, const Profile& profile, std::string_view image) {
  if (entry.newest.image == image) return;
  const auto at = profile.generations.find(std::string{image});
  ShownBy by{at == profile.generations.end() ? 0 : at->second.began, std::string{image}};
  if (entry.newest < by) entry.newest = std::move(by);
}

/// To measure a profile takes as long as it is large: that is done for every so many new behaviours. A full
/// one does not grow, and so is measured each time.
bool now_full(const Profile& profile, const Limits& limits) {
  constexpr std::size_t kMeasureEvery = 64;
  const auto entries = profile.behaviours.size();
  return entries >= limits.entries || (entries % kMeasureEvery == 0 && full(profile, limits));
}

}  // namespace

Learned Learner::observe(Profile& profile, const Behaviour& behaviour, const Sighting& seen) {
  const auto covered = profile.behaviours.contains(behaviour) ? std::nullopt : match(profile, behaviour);
  return observe(profile, behaviour, seen, covered ? &*covered : nullptr);
}

Learned Learner::observe(Profile& profile, const Behaviour& behaviour, const Sighting& seen,
                         const Match* covered) {
  container_minute(profile, seen);
  if (profile.tombstones.contains(behaviour)) return Learned::removed;
  if (const auto known = profile.behaviours.find(behaviour); known != profile.behaviours.end()) {
    shown(known->second, profile, seen.image);
    count_in(known->second, behaviour, seen);
    return Learned::known;
  }
  if (is_removed(profile, behaviour)) return Learned::removed;
  if (covered != nullptr && covered->examples >= kExamplesKept) {
    observe_in_place(profile, covered->pattern, behaviour, seen);
    return Learned::known;
  }
  if (now_full(profile, limits_)) return covered != nullptr ? Learned::known : Learned::full;
  begin(profile, behaviour, seen);
  return covered != nullptr ? Learned::known : Learned::added;
}

/// Of what a pattern covers, only how much there is of it is kept.
void Learner::observe_in_place(Profile& profile, const Behaviour& pattern, const Behaviour& behaviour,
                               const Sighting& seen) {
  auto known = profile.behaviours.find(pattern);
  if (known == profile.behaviours.end()) {
    if (now_full(profile, limits_)) return;
    begin(profile, pattern, seen);
    known = profile.behaviours.find(pattern);
  } else {
    shown(known->second, profile, seen.image);
    count_in(known->second, pattern, seen);
  }
  known->second.distinct.add(describe(behaviour));
}

void Learner::begin(Profile& profile, const Behaviour& behaviour, const Sighting& seen) {
  Entry& entry = profile.behaviours[behaviour];
  entry.since_start_min = entry.since_start_max = seen.since_start;
  entry.first_seen = whole_seconds(seen.time);
  entry.first_host = seen.host;
  entry.first_container = seen.container;
  entry.first_image = seen.image;
  entry.with_release = seen.rollout;
  shown(entry, profile, seen.image);
  count_in(entry, behaviour, seen);
}

bool Learner::repeat(Profile& profile, const Behaviour& behaviour, const Sighting& seen) {
  container_minute(profile, seen);
  const auto known = profile.behaviours.find(behaviour);
  if (known == profile.behaviours.end()) return false;
  shown(known->second, profile, seen.image);
  count_in(known->second, behaviour, seen);
  return true;
}

void Learner::count_in(Entry& entry, const Behaviour& behaviour, const Sighting& seen) {
  entry.since_start_min = std::min(entry.since_start_min, seen.since_start);
  entry.since_start_max = std::max(entry.since_start_max, seen.since_start);
  entry.seen_by.add(seen.container);
  entry.peers = std::max(entry.peers, seen.peers);
  Share& share = entry.shares[std::string{seen.host}];
  saw(share, seen.time);
  add(share.count, seen.count);
  // What is known to have been seen has been seen in one unit at least, whatever could be tracked.
  const auto window = windows_.find(life_of(seen.container, seen.life));
  const Units units =
      window == windows_.end() ? Units{} : new_units(window->second, behaviour, minute_of(seen));
  if (units.minute || share.minutes == 0) add(share.minutes, 1);
  if (units.five_minutes || share.five_minutes == 0) add(share.five_minutes, 1);
}

void Learner::container_started(Profile& profile, std::string_view container, std::string_view host,
                                WallNs time) {
  // An agent that starts again finds when its containers began only to some milliseconds.
  if (!profile.lives.add(std::string{container} + '/' + std::to_string(time / (60 * kNsPerSecond)))) return;
  Share& share = profile.shares[std::string{host}];
  saw(share, time);
  add(share.count, 1);
}

void Learner::container_minute(Profile& profile, const Sighting& seen) {
  const std::int64_t minute = minute_of(seen);
  newest_ = std::max(newest_, seen.time / (60 * kNsPerSecond));
  const std::string life = life_of(seen.container, seen.life);
  if (windows_.size() >= kMaxContainers && !windows_.contains(life)) return;
  Window& window = windows_[life];
  if (minute <= window.counted) return;
  const bool new_five = window.counted < 0 || five_of(minute) > five_of(window.counted);
  window.counted = minute;
  Share& share = profile.shares[std::string{seen.host}];
  saw(share, seen.time);
  add(share.minutes, 1);
  if (new_five) add(share.five_minutes, 1);
  profile.units.add(std::string{seen.container} + '/' + std::to_string(minute));
}

void Learner::lost(Profile& profile, std::string_view host, std::uint64_t events) {
  add(profile.lost[std::string{host}], events);
}

void Learner::resume(std::string_view container, WallNs life, std::uint64_t since_start) {
  if (windows_.size() >= kMaxContainers) return;
  Window& window = windows_[life_of(container, life)];
  window.counted = window.resumed = static_cast<std::int64_t>(since_start / 60);
}

void Learner::forget(std::string_view container, WallNs life) {
  const auto window = windows_.find(life_of(container, life));
  if (window == windows_.end()) return;
  tracked_ -= window->second.minutes.size();
  windows_.erase(window);
}

Learner::Units Learner::new_units(Window& window, const Behaviour& behaviour, std::int64_t minute) {
  const std::uint64_t what = hash_of(behaviour);
  if (const auto last = window.minutes.find(what); last != window.minutes.end()) {
    const Units units{minute > last->second, five_of(minute) > five_of(last->second)};
    last->second = std::max(last->second, minute);
    return units;
  }
  const auto no_room = [&] {
    return window.minutes.size() >= kTrackedPerContainer || tracked_ >= kTrackedInAll;
  };
  if (no_room()) prune();
  if (no_room()) return {};
  window.minutes.emplace(what, minute);
  ++tracked_;
  if (window.resumed < 0) return {true, true};
  return {minute > window.resumed, five_of(minute) > five_of(window.resumed)};
}

/// Forgets what was last counted before the previous unit of its container: it can only be asked for again by
/// new behaviour of a new one.
void Learner::prune() {
  if (pruned_at_ == newest_) return;
  pruned_at_ = newest_;
  tracked_ = 0;
  for (auto& [container, window] : windows_) {
    const std::int64_t current = five_of(window.counted);
    std::erase_if(window.minutes, [current](const auto& item) { return five_of(item.second) < current - 1; });
    tracked_ += window.minutes.size();
  }
}

}  // namespace plimsoll
