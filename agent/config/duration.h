// Durations as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

constexpr std::string_view kDurationForm = "a duration such as \"90s\", \"5m\", \"1h30m\" or \"7d\"";

/// Nanoseconds of "500ms", "60s", "1h30m", "7d": whole numbers with a unit each (d h m s ms), the largest
/// unit first, each unit at most once. Nothing for any other text, and for what does not fit.
std::optional<std::int64_t> parse_duration(std::string_view text);

/// The shortest text that reads back to the same: "1h30m", "0s". Rounded down to whole milliseconds; not
/// negative.
std::string duration_text(std::int64_t ns);

}  // namespace plimsoll
