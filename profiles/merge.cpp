// The join of two profiles: unions, maxima and minima only, so that order, grouping and repetition don't
// matter.
#include <algorithm>
#include <tuple>

#include "profiles/profile.h"

namespace plimsoll {
namespace {

void join(std::map<std::string, Share>& into, const std::map<std::string, Share>& from) {
  for (const auto& [host, theirs] : from) {
    Share& ours = into[host];
    ours.minutes = std::max(ours.minutes, theirs.minutes);
    ours.five_minutes = std::max(ours.five_minutes, theirs.five_minutes);
    ours.count = std::max(ours.count, theirs.count);
    ours.last_seen = std::max(ours.last_seen, theirs.last_seen);
  }
}

/// Who saw it first goes with when: they are one value. A time that is not known comes after all others.
auto first_sighting(const Entry& e) {
  return std::tuple<bool, WallNs, const std::string&, const std::string&, const std::string&>(
      e.first_seen == 0, e.first_seen, e.first_host, e.first_container, e.first_image);
}

void join(Entry& into, const Entry& from) {
  into.since_start_min = std::min(into.since_start_min, from.since_start_min);
  into.since_start_max = std::max(into.since_start_max, from.since_start_max);
  if (first_sighting(from) < first_sighting(into)) {
    into.first_seen = from.first_seen;
    into.first_host = from.first_host;
    into.first_container = from.first_container;
    into.first_image = from.first_image;
  }
  join(into.shares, from.shares);
  into.seen_by.merge(from.seen_by);
  into.peers = std::max(into.peers, from.peers);
  into.allowed = into.allowed || from.allowed;
}

void join(Generation& into, const Generation& from) {
  into.parent = std::max(into.parent, from.parent);
  into.manifests.insert(from.manifests.begin(), from.manifests.end());
  into.tags.insert(from.tags.begin(), from.tags.end());
  into.began = earlier(into.began, from.began);
  into.last_seen = std::max(into.last_seen, from.last_seen);
}

}  // namespace

void merge(Profile& into, const Profile& from) {
  for (const auto& [image, theirs] : from.generations) join(into.generations[image], theirs);
  into.classes.insert(from.classes.begin(), from.classes.end());
  join(into.shares, from.shares);
  for (const auto& [host, lost] : from.lost) into.lost[host] = std::max(into.lost[host], lost);
  into.units.merge(from.units);
  into.lives.merge(from.lives);
  into.stable_since = earlier(into.stable_since, from.stable_since);
  // Both are in one order: side by side, each is walked through once.
  auto ours = into.behaviours.begin();
  for (const auto& [behaviour, theirs] : from.behaviours) {
    while (ours != into.behaviours.end() && ours->first < behaviour) ++ours;
    if (ours != into.behaviours.end() && ours->first == behaviour) {
      join(ours->second, theirs);
    } else {
      into.behaviours.emplace_hint(ours, behaviour, theirs);
    }
  }
  into.tombstones.insert(from.tombstones.begin(), from.tombstones.end());
  for (const Behaviour& removed : into.tombstones) into.behaviours.erase(removed);
}

}  // namespace plimsoll
