// What a value of the configuration may look like.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

/// Starts with '/' and has no NUL.
bool is_absolute_path(std::string_view text);

/// "127.0.0.1:9477", "[::1]:9477", "0.0.0.0:9477": a numeric address and a port from 1 to 65535.
bool is_listen_address(const std::string& text);

/// Why an ECMAScript regular expression cannot be used; nothing when it can. `groups` is the number of
/// capture groups that it must have, or -1 for any.
std::optional<std::string> regex_problem(const std::string& pattern, int groups = -1);

}  // namespace plimsoll
