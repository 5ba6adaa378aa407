// What a release does that those before it did not: reported once, on trial, and then the lineage's.
//
// An image that begins while its lineage is stable is a release, and for two days in rollout. What is new in
// its containers meanwhile is what the release brought. It is believed once it has been seen for half a day;
// of a release that was taken back before, nothing stays.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "profiles/profile.h"

namespace plimsoll {

constexpr WallNs kRollout = WallNs{48} * 3600 * kNsPerSecond;
constexpr WallNs kTrial = WallNs{12} * 3600 * kNsPerSecond;

/// Whether the image is a release in rollout at `now`, of a lineage that is stable since `stable_since` (0:
/// it is not). False for an image that the profile does not know.
bool in_rollout(const Profile&, const std::string& image, WallNs stable_since, WallNs now);
/// How many of its images are.
std::size_t rollouts(const Profile&, WallNs stable_since, WallNs now);

/// For which container it is asked.
struct Expecting {
  bool learns = false;   ///< new behaviour is learned: whatever stands in the profile is known
  bool rollout = false;  ///< the image is a release in rollout
  WallNs now = 0;
};
/// The behaviour of that entry is not new.
bool expected(const Behaviour&, const Entry&, const Expecting&);

/// What one image does and another does not. Of an image between the first and the newest that showed a
/// behaviour it is taken for granted that it does it, too.
struct ReleaseDiff {
  std::vector<Behaviour> added, gone;  ///< patterns in place of their examples
};
/// `from` and `to` are keys of the profile's generations.
ReleaseDiff release_diff(const Profile&, const std::string& from, const std::string& to);

}  // namespace plimsoll
