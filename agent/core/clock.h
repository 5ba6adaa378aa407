// Time as the agent keeps it. Nothing below main() reads a system clock by itself: it is passed in.
#pragma once

#include <cstdint>
#include <string>

namespace plimsoll {

/// Nanoseconds since the Unix epoch, UTC.
using WallNs = std::int64_t;

constexpr WallNs kNsPerSecond = 1'000'000'000;

constexpr WallNs whole_seconds(WallNs time) {
  return time - time % kNsPerSecond;
}

/// 0 where it lies before.
constexpr std::uint64_t seconds_since(WallNs start, WallNs time) {
  return time <= start ? 0 : static_cast<std::uint64_t>((time - start) / kNsPerSecond);
}

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallNs now() const = 0;
};

/// 2026-03-01T09:14:07.123456789Z (RFC 3339, nine decimals).
std::string rfc3339(WallNs time);
/// 2026-03-01T09:14:07Z: whole seconds, as profiles keep them.
std::string rfc3339_seconds(WallNs time);

}  // namespace plimsoll
