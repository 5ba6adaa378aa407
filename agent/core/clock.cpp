// Times as text.
#include "agent/core/clock.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace plimsoll {
namespace {

std::string seconds_text(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

}  // namespace

std::string rfc3339(WallNs time) {
  const std::chrono::sys_time<std::chrono::nanoseconds> t{std::chrono::nanoseconds{time}};
  const auto second = std::chrono::floor<std::chrono::seconds>(t);
  const std::string fraction = std::to_string((t - second).count());
  return seconds_text(second) + "." + std::string(9 - fraction.size(), '0') + fraction + "Z";
}

std::string rfc3339_seconds(WallNs time) {
  const std::chrono::sys_time<std::chrono::nanoseconds> t{std::chrono::nanoseconds{time}};
  return seconds_text(std::chrono::floor<std::chrono::seconds>(t)) + "Z";
}

}  // namespace plimsoll
