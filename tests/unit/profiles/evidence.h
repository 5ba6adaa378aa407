// Profiles with evidence that is worked out by hand.
#pragma once

#include <string>
#include <vector>

#include "profiles/profile.h"

namespace plimsoll::testing {

constexpr WallNs kNow = 1'780'000'000 * kNsPerSecond;
constexpr WallNs kDay = 86'400 * kNsPerSecond;

inline Behaviour socket_of(std::size_t group, int number) {
  return {Phase::steady, "/app" + std::to_string(group) + "-" + std::to_string(number),
          SocketObject{"packet", "raw"}, Outcome::ok};
}

/// `minutes` container-minutes of a lone container that go until now, two lifetimes; `seen[i]` behaviours
/// seen in i minutes, all of them in different units of five, on two hosts where it can be. All was first
/// seen when the watching began.
inline Profile profile_of(std::uint64_t minutes, const std::vector<int>& seen) {
  Profile p;
  p.classes = {Action::exec, Action::socket};
  p.shares["h1"] = {minutes, (minutes + 4) / 5, 2, kNow};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (int k = 0; k < seen[i]; ++k) {
      Entry& e = p.behaviours[socket_of(i, k)];
      e.first_seen = kNow - static_cast<WallNs>(minutes) * 60 * kNsPerSecond;
      if (i > 0) e.shares["h1"] = {1, 1, 1, 0};
      if (i > 1) e.shares["h2"] = {i - 1, i - 1, 9, 0};
    }
  }
  return p;
}

}  // namespace plimsoll::testing
