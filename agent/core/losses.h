// Events that were lost, by reason.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace plimsoll {

using Losses = std::map<std::string, std::uint64_t>;  ///< by reason: ring_full, quota ...

std::uint64_t total(const Losses&);

/// "quota 12, ring_full 3": the most first, nothing for a reason without losses; empty when nothing was lost.
std::string describe(const Losses&);

void add(Losses& to, const Losses& more);

}  // namespace plimsoll
