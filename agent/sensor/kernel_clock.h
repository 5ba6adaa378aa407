// Between the kernel's monotonic time and wall time.
#pragma once

#include <cstdint>

#include "agent/core/clock.h"

namespace plimsoll {

/// CLOCK_MONOTONIC now, in nanoseconds: what bpf_ktime_get_ns() gives.
std::uint64_t monotonic_ns();
/// CLOCK_REALTIME minus CLOCK_MONOTONIC. Changes when the wall clock is set.
std::int64_t wall_offset_ns();
/// The length of one of the kernel's ticks (jiffies), in nanoseconds.
std::int64_t tick_ns();

}  // namespace plimsoll
