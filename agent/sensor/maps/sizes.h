// How large the kernel side's maps are, and what that costs.
#pragma once

#include <cstdint>

#include "agent/sensor/sensor.h"

struct pl_config;
struct plimsoll_bpf;

namespace plimsoll {

struct Sizes {
  std::uint32_t cpus = 1;
  std::uint32_t ring_bytes = 0;    ///< of each CPU's ring
  std::uint32_t urgent_bytes = 0;  ///< of the urgent one
  std::uint32_t slots = 0;         ///< containers, and cgroups that are not told apart yet; a power of two
  std::uint32_t verdicts = 0;      ///< keys in the verdict cache; a power of two
  std::uint32_t cached_per_slot = 0;
  std::uint32_t threads = 0;  ///< of containers, where threads are kept by their address
};

/// From the options and the number of CPUs (possible ones): few CPUs get large rings, many get small ones, so
/// that all of them stay within a few megabytes.
Sizes choose_sizes(const SensorOptions&, std::uint32_t cpus, std::uint32_t pid_max);

/// For this host.
Sizes sizes_here(const SensorOptions&);

/// Sets them in a skeleton that is not loaded yet; what this configuration does not use is made small.
void set_sizes(plimsoll_bpf&, const Sizes&, const pl_config&);

}  // namespace plimsoll
