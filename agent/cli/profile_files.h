// Profiles as files that somebody names.
#pragma once

#include <string>
#include <string_view>

#include "agent/cli/context.h"
#include "agent/core/result.h"
#include "profiles/profile.h"

namespace plimsoll {

/// Errors begin with the file, and the line where there is one.
Result<Profile> read_profile(const std::string& path);

/// Whole or not at all, for its owner alone to read; a file that is there already is replaced. What is not a
/// regular file, a link for one, is an error and stays. "-": to the context's output.
Result<void> write_output(const Context&, const std::string& path, std::string_view text);

}  // namespace plimsoll
