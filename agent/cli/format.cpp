// Tables and texts as the subcommands print them.
#include "agent/cli/format.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "agent/cli/palette.h"
#include "agent/core/text.h"

namespace plimsoll {
namespace {

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

bool wants_colour(int fd) {
  const char* const no_colour = std::getenv("NO_COLOR");
  return isatty(fd) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

std::string safe(std::string_view text) {
  return escape(unescape(text));
}

std::string field(const nlohmann::json& object, std::string_view key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  if (found->is_string()) return safe(found->get<std::string>());
  return found->dump();
}

std::string joined(const nlohmann::json& object, std::string_view key, std::string_view separator) {
  std::string out;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return out;
  for (const auto& item : *found) {
    if (!out.empty()) out += separator;
    out += item.is_string() ? safe(item.get<std::string>()) : item.dump();
  }
  return out;
}

std::string state_text(const nlohmann::json& object) {
  auto state = field(object, "state"), reason = field(object, "reason");
  if (reason.empty()) return state;
  return reason.starts_with(state) ? reason : state + ": " + reason;
}

std::string progress_bar(const nlohmann::json& object) {
  constexpr std::size_t kWidth = 20;
  const auto found = object.find("progress");
  if (found == object.end() || !found->is_number()) return "";
  const double progress = std::clamp(found->get<double>(), 0.0, 1.0);
  const auto done = static_cast<std::size_t>(progress * kWidth);
  return "[" + std::string(done, '#') + std::string(kWidth - done, '.') + "]  " +
         std::to_string(static_cast<int>(progress * 100)) + " %";
}

std::string padded(std::string_view text, std::size_t width) {
  const auto used = columns(text);
  return std::string(text).append(used < width ? width - used : 0, ' ');
}

void Table::row(std::vector<std::string> cells) {
  cells.resize(rows_.front().size());
  for (auto& cell : cells) cell = cell.empty() ? "-" : safe(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) out += padded(row[i], widths[i] + 3);
    out += row.back() + "\n";
  }
  return out;
}

std::optional<WallNs> time_from(std::string_view rfc3339_text) {
  std::tm parts{};
  const std::string text(rfc3339_text);
  const char* const rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return {};
  std::string_view left(rest);
  if (left.starts_with('.'))
    left.remove_prefix(std::min(left.find_first_not_of("0123456789", 1), left.size()));
  constexpr int kFirstYear = 1970 - 1900, kLastYear = 2261 - 1900;  // what nanoseconds since 1970 can hold
  if (left != "Z" || parts.tm_year < kFirstYear || parts.tm_year > kLastYear) return {};
  return timegm(&parts) * kNsPerSecond;
}

std::string age(std::string_view rfc3339_text, WallNs now) {
  const auto time = time_from(rfc3339_text);
  if (!time) return "";
  const auto seconds = std::max<std::int64_t>(0, (now / kNsPerSecond) - (*time / kNsPerSecond));
  struct Unit {
    std::int64_t seconds;
    char name;
  };
  constexpr std::array<Unit, 4> kUnits{{{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}}};
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    if (seconds < kUnits[i].seconds && i + 1 < kUnits.size()) continue;
    std::string out = std::to_string(seconds / kUnits[i].seconds) + kUnits[i].name;
    const auto left = seconds % kUnits[i].seconds;
    if (i + 1 < kUnits.size() && left / kUnits[i + 1].seconds > 0) {
      out += std::to_string(left / kUnits[i + 1].seconds) + kUnits[i + 1].name;
    }
    return out;
  }
  return "";
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string seen_in_its_place(const PatternInUse& pattern) {
  const auto count = static_cast<std::uint64_t>(std::llround(pattern.distinct));
  if (count == 0) return "allowed by a person; no example seen yet";
  const bool exact = count < Sketch::kSize;
  return std::string(exact ? "" : "about ") + grouped(count) + " different examples seen";
}

std::string one_decimal(double number) {
  std::array<char, 512> text{};  // the largest double has 309 digits
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, 1);
  return {text.data(), end.ptr};
}

std::string short_image(const std::string& image_id) {
  constexpr std::string_view kDigest = "sha256:";
  return image_id.starts_with(kDigest) ? image_id.substr(kDigest.size(), 12) : image_id;
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent) {
  std::string out, line;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    const auto word = text.substr(at, end - at);
    if (!line.empty() && columns(line) + 1 + columns(word) > width) {
      out += line + "\n";
      line = std::string(indent);
    } else if (!line.empty()) {
      line += ' ';
    }
    line += word;
    at = end + 1;
  }
  return out + line;
}

}  // namespace plimsoll
