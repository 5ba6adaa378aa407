#include "agent/sensor/kernel_clock.h"

#include <ctime>

namespace plimsoll {
namespace {

std::int64_t read_clock(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return t.tv_sec * kNsPerSecond + t.tv_nsec;
}

}  // namespace

std::uint64_t monotonic_ns() {
  return static_cast<std::uint64_t>(read_clock(CLOCK_MONOTONIC));
}

std::int64_t wall_offset_ns() {
  return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
}

// The coarse clock moves by ticks.
std::int64_t tick_ns() {
  timespec t{};
  clock_getres(CLOCK_MONOTONIC_COARSE, &t);
  return t.tv_sec * kNsPerSecond + t.tv_nsec;
}

}  // namespace plimsoll
