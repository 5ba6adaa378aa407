// Profiles as TOML: sorted, readable, editable by hand, and the same bytes for the same profile. See
// README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/names.h"
#include "agent/core/result.h"
#include "profiles/profile.h"

namespace plimsoll {

/// What the reader takes at most, in bytes.
constexpr std::size_t kMaxProfileText = 16UL * 1024 * 1024;

/// How a profile may be written: that of this version, and that of the one before it, which lacks what
/// identifies releases (and with it what a release has on trial).
enum class ProfileFormat : std::uint8_t { v1_0, v1_1 };
template <>
inline constexpr auto kNamesOf<ProfileFormat> = names({"1.0", "1.1"});
constexpr std::optional<ProfileFormat> profile_format_from(std::string_view text) {
  return from_name<ProfileFormat>(text);
}

/// Valid UTF-8, whatever bytes the profile's strings hold: they are escaped as core/text.h says.
std::string to_toml(const Profile&, ProfileFormat = ProfileFormat::v1_1);

/// The inverse. Nothing is half read: an unknown key, a wrong type or value, an unknown format, a behaviour
/// that stands there twice or a text of more than kMaxProfileText is one error "SOURCE:LINE: KEY: WHAT;
/// accepted: ...".
Result<Profile> profile_from_toml(std::string_view text, std::string_view source);

}  // namespace plimsoll
