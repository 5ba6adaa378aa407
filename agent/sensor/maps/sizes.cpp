#include "agent/sensor/maps/sizes.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <bit>
#include <fstream>

#include "agent/sensor/wire.h"
#include "plimsoll.skel.h"

namespace plimsoll {
namespace {

constexpr std::uint32_t kKiB = 1024, kMiB = 1024 * kKiB;
constexpr std::uint32_t kRingsInAll = 4 * kMiB, kLeastRing = 128 * kKiB, kMostRing = 2 * kMiB;
constexpr std::uint32_t kSlots = 16384;
constexpr std::uint32_t kVerdictsPerCpu = 8192, kLeastVerdicts = 32768, kMostVerdicts = 262144;
constexpr std::uint32_t kVerdictShares = 8;  // containers that can fill the cache together, if left to it
// Only threads of containers take memory, but the tables' buckets do from the start: 16 bytes each.
constexpr std::uint32_t kMostThreads = 1U << 18U, kLeastThreads = 1U << 15U;
constexpr std::uint32_t kMostWorks = 1U << 16U;  // of those that live, the ones that made a watched call

}  // namespace

Sizes choose_sizes(const SensorOptions& options, std::uint32_t cpus, std::uint32_t pid_max) {
  Sizes sizes;
  sizes.cpus = std::max(cpus, 1U);
  sizes.ring_bytes = options.ring_bytes != 0
                         ? options.ring_bytes
                         : std::clamp(std::bit_floor(kRingsInAll / sizes.cpus), kLeastRing, kMostRing);
  sizes.urgent_bytes = options.urgent_bytes;
  sizes.slots = kSlots;
  sizes.verdicts = std::clamp(std::bit_ceil(sizes.cpus) * kVerdictsPerCpu, kLeastVerdicts, kMostVerdicts);
  sizes.cached_per_slot =
      options.cached_per_container != 0 ? options.cached_per_container : sizes.verdicts / kVerdictShares;
  sizes.threads = std::clamp(pid_max, kLeastThreads, kMostThreads);
  return sizes;
}

Sizes sizes_here(const SensorOptions& options) {
  std::uint32_t pid_max = 0;
  std::ifstream("/proc/sys/kernel/pid_max") >> pid_max;
  const int cpus = libbpf_num_possible_cpus();
  return choose_sizes(options, cpus > 0 ? static_cast<std::uint32_t>(cpus) : 1, pid_max);
}

void set_sizes(plimsoll_bpf& skeleton, const Sizes& sizes, const pl_config& config) {
  bpf_map__set_max_entries(skeleton.maps.rings, sizes.cpus);
  bpf_map__set_max_entries(skeleton.maps.urgent, sizes.urgent_bytes);
  bpf_map__set_max_entries(skeleton.maps.slots, sizes.slots);
  bpf_map__set_max_entries(skeleton.maps.free_slots, sizes.slots);
  bpf_map__set_max_entries(skeleton.maps.verdicts, sizes.verdicts);
  bpf_map__set_max_entries(skeleton.maps.verdict_places, sizes.verdicts);
  bpf_map__set_max_entries(skeleton.maps.hints, sizes.verdicts);
  bpf_map__set_max_entries(skeleton.maps.free_verdicts, sizes.verdicts);
  bpf_map__set_max_entries(skeleton.maps.tasks_by_address, config.tasks_by_address ? sizes.threads : 1);
  const std::uint32_t works = config.notices ? std::min(sizes.threads, kMostWorks) : 1;
  bpf_map__set_max_entries(skeleton.maps.call_works, works);
  bpf_map__set_max_entries(skeleton.maps.unix_works, works);
}

}  // namespace plimsoll
