// Durations as people write them.
#include "agent/config/duration.h"

#include <array>
#include <charconv>

namespace plimsoll {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::array<Unit, 5> kUnits{{{"d", 86'400'000 * kMillisecond},
                                      {"h", 3'600'000 * kMillisecond},
                                      {"m", 60'000 * kMillisecond},
                                      {"s", 1'000 * kMillisecond},
                                      {"ms", kMillisecond}}};

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  auto unit = kUnits.begin();
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto name = text.substr(0, text.find_first_of("0123456789"));
    while (unit != kUnits.end() && unit->name != name) ++unit;
    if (unit == kUnits.end()) return std::nullopt;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(number, unit->ns, &part) || __builtin_add_overflow(total, part, &total)) {
      return std::nullopt;
    }
    text.remove_prefix(name.size());
    ++unit;
  }
  return total;
}

std::string duration_text(std::int64_t ns) {
  std::string text;
  for (const auto& unit : kUnits) {
    if (ns >= unit.ns) text += std::to_string(ns / unit.ns) + std::string(unit.name);
    ns %= unit.ns;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace plimsoll
