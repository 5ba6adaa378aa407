// Tables and texts as the subcommands print them. Every string from a container leaves here harmless.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/clock.h"
#include "profiles/generalise.h"

namespace plimsoll {

/// Escaped for a terminal. What is escaped already stays as it is.
std::string safe(std::string_view text);

/// A JSON member as safe text: a string, a number or a boolean; "" when it is missing or null.
std::string field(const nlohmann::json& object, std::string_view key);

/// Items of a JSON array of strings, each safe, joined.
std::string joined(const nlohmann::json& object, std::string_view key, std::string_view separator);

/// A profile's "state" and its "reason", without saying the state twice.
std::string state_text(const nlohmann::json& object);

/// "[######..............]  31 %" of "progress", 0 to 1; "" when it is missing.
std::string progress_bar(const nlohmann::json& object);

/// Columns under upper-case headers, three blanks between them, nothing after the last. An empty cell shows
/// as "-".
class Table {
 public:
  explicit Table(std::vector<std::string> headers) : rows_{std::move(headers)} {}
  /// As many cells as there are headers. Cells are made safe.
  void row(std::vector<std::string> cells);
  /// With a newline after each row; the header alone if there are none.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// Pads to `width` columns, counting code points.
std::string padded(std::string_view text, std::size_t width);

/// "2026-03-01T09:14:07Z", with or without decimals, which are dropped; nothing for another text.
std::optional<WallNs> time_from(std::string_view rfc3339_text);

/// How long ago, in at most two units: "45s", "12m3s", "3h2m", "5d4h"; "" for a text that is no RFC 3339 time
/// in UTC.
std::string age(std::string_view rfc3339_text, WallNs now);

/// "12,345,678".
std::string grouped(std::uint64_t number);

/// "12.3"; never an exponent.
std::string one_decimal(double number);

/// "about 144 different seen in its place": how many justify a pattern.
std::string seen_in_its_place(const PatternInUse&);

/// An image's id as people write it: "sha256:3f1c..." -> "3f1c0a9b8c7d"; another one as it is.
std::string short_image(const std::string& image_id);

/// Breaks at blanks into lines of at most `width` columns; the lines after the first begin with `indent`.
std::string wrapped(std::string_view text, std::size_t width, std::string_view indent);

}  // namespace plimsoll
