// Releases: which image is one, and what it changed.
#include "profiles/release.h"

#include <algorithm>

#include "profiles/generalise.h"

namespace plimsoll {
namespace {

/// When the image began; 0, before all others, where the profile has forgotten it.
WallNs began(const Profile& profile, const std::string& image) {
  const auto at = profile.generations.find(image);
  return at == profile.generations.end() ? 0 : at->second.began;
}

bool does(const Profile& profile, const Entry& entry, const std::string& image) {
  if (image == entry.first_image || image == entry.newest.image) return true;
  const WallNs then = began(profile, image);
  return began(profile, entry.first_image) < then && then < entry.newest.began;
}

bool in_rollout(const Generation& release, WallNs stable_since, WallNs now) {
  return stable_since != 0 && release.began > stable_since && now - release.began < kRollout;
}

}  // namespace

bool on_trial(const Entry& entry) {
  return entry.with_release && !entry.allowed && total(entry.shares).last_seen - entry.first_seen < kTrial;
}

bool in_rollout(const Profile& profile, const std::string& image, WallNs stable_since, WallNs now) {
  if (stable_since == 0) return false;
  const auto at = profile.generations.find(image);
  return at != profile.generations.end() && in_rollout(at->second, stable_since, now);
}

std::size_t rollouts(const Profile& profile, WallNs stable_since, WallNs now) {
  return static_cast<std::size_t>(std::ranges::count_if(
      profile.generations, [&](const auto& one) { return in_rollout(one.second, stable_since, now); }));
}

bool expected(const Behaviour& behaviour, const Entry& entry, const Expecting& by) {
  if (by.learns || believed(behaviour, entry)) return true;
  // Already reported, for the release that brought it.
  return by.rollout && entry.with_release && by.now - total(entry.shares).last_seen < kTrial;
}

ReleaseDiff release_diff(const Profile& profile, const std::string& from, const std::string& to) {
  ReleaseDiff diff;
  Generalised(profile).each([&](const Behaviour& behaviour, const Entry& entry) {
    const bool before = does(profile, entry, from), after = does(profile, entry, to);
    if (after && !before) diff.added.push_back(behaviour);
    if (before && !after) diff.gone.push_back(behaviour);
  });
  return diff;
}

}  // namespace plimsoll
