// What is old goes: hosts that are no more, behaviours that no image shows any more, images long replaced.
//
// None of this is part of the join, and a profile of another host may bring any of it back; then it goes
// again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "profiles/profile.h"

namespace plimsoll {

/// Makes the one merged profile of a fleet small, however many hosts there are and however short they live.
/// What hosts counted that were last heard of before `before` becomes one share under the name kGone. Of a
/// behaviour that was seen in kEnough units of five minutes and more, all shares do, and count no further:
/// whether it has been seen often is known then. Coverage stays as it was. To be done by whoever writes the
/// merged profile, and on nothing else: two writers that did it separately would each count what the other
/// does not. A host that comes back after its share has gone counts twice.
void condense(Profile&, WallNs before);
constexpr std::uint64_t kEnough = 8;

/// Behaviours that were last seen `after` before the lineage was, where a newer image has begun since then
/// and no person allowed them. Examples go when their pattern does, or when there are too many of them.
std::vector<Behaviour> prunable(const Profile&, WallNs after = WallNs{30} * 24 * 3600 * kNsPerSecond);
/// Takes them out, with what they say of a pattern that stays going to its own entry; and of the images all
/// but the kMostGenerations that began last.
void prune(Profile&, const std::vector<Behaviour>& prunable);
constexpr std::size_t kMostGenerations = 32;

}  // namespace plimsoll
