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

/// "s3://BUCKET" or "s3://BUCKET/PREFIX": a bucket's name as S3 allows it, and a prefix of letters, digits
/// and
/// "._-/".
bool is_s3_place(std::string_view text);
/// "http://HOST:PORT" or "https://HOST", without a path.
bool is_http_endpoint(std::string_view text);
/// Such an endpoint on this host itself.
bool is_loopback_endpoint(std::string_view text);

/// Why an ECMAScript regular expression cannot be used; nothing when it can. `groups` is the number of
/// capture groups that it must have, or -1 for any.
std::optional<std::string> regex_problem(const std::string& pattern, int groups = -1);

}  // namespace plimsoll
