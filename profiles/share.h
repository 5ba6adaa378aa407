// What a host tells its fleet of a profile, and how it takes what the fleet tells.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "profiles/profile.h"

namespace plimsoll {

/// What `host` vouches for itself: the behaviours that it has seen and those that a person wrote or allowed,
/// with its own counts and no other host's. Sketches stay whole: where they are of others too, joining them
/// again changes nothing. Joining all hosts' shares gives the profile that all of them make.
Profile share_of(const Profile&, const std::string& host);

/// What in a profile others should know soon, each as a number: its behaviours, what a person allowed or
/// removed, its images with their tags, the classes that its learners saw, and that it was stable. Not the
/// evidence, which changes all the time.
std::set<std::uint64_t> facts_of(const Profile&);

/// merge(), but a profile that is at its limits gets no new behaviours: so not even a fleet of flooded hosts
/// makes one that cannot be read back.
void merge_within(Profile& into, Profile from, const Limits& = {});

}  // namespace plimsoll
