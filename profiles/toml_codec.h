// Profiles as TOML: sorted, readable, editable by hand, and the same bytes for the same profile. See
// README.md.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/core/result.h"
#include "profiles/profile.h"

namespace plimsoll {

/// What the reader takes at most, in bytes.
constexpr std::size_t kMaxProfileText = 16UL * 1024 * 1024;

/// Valid UTF-8, whatever bytes the profile's strings hold: they are escaped as core/text.h says.
std::string to_toml(const Profile&);

/// The inverse. Nothing is half read: an unknown key, a wrong type or value, an unknown format, a behaviour
/// that stands there twice or a text of more than kMaxProfileText is one error "SOURCE:LINE: KEY: WHAT;
/// accepted: ...".
Result<Profile> profile_from_toml(std::string_view text, std::string_view source);

/// The outcome that is not written: for connect the attempt, else ok.
constexpr Outcome usual_outcome(Action action) {
  return action == Action::connect ? Outcome::attempt : Outcome::ok;
}

}  // namespace plimsoll
