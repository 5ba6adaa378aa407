// Profiles as files that somebody names.
#pragma once

#include <string>

#include "agent/core/result.h"
#include "profiles/profile.h"

namespace plimsoll {

/// Errors begin with the file, and the line where there is one.
Result<Profile> read_profile(const std::string& path);

}  // namespace plimsoll
