// Hostile bytes made safe to print.
#pragma once

#include <string>
#include <string_view>

namespace plimsoll {

/// Printable UTF-8 as it is; control characters, backslashes, bytes that are not UTF-8, and the code points
/// that reorder or hide text (bidirectional controls, zero-width characters, line separators) as \xNN per
/// byte. The result is valid UTF-8 and reversible.
std::string escape(std::string_view bytes);

/// The inverse of escape(); an incomplete escape stays as it is.
std::string unescape(std::string_view text);

}  // namespace plimsoll
