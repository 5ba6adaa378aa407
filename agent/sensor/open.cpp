// From nothing to a sensor: the hierarchy, the settings, the programs, the rings.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "agent/core/fd.h"
#include "agent/sensor/attach/load.h"
#include "agent/sensor/hierarchy.h"
#include "agent/sensor/kernel_clock.h"
#include "agent/sensor/live.h"
#include "agent/sensor/maps/sizes.h"
#include "agent/sensor/pinned/pinned_state.h"
#include "agent/sensor/seed/seed.h"

namespace plimsoll {
namespace {

constexpr std::int64_t kInFlightNs = 5 * kNsPerSecond;

std::string slurp(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Runs the iterator that looks for kthreadd; reading it is what makes it run.
Result<void> find_host_root(plimsoll_bpf& skeleton) {
  const Link link(bpf_program__attach_iter(skeleton.progs.find_host_root, nullptr));
  if (!link) return fail(std::string("cannot iterate over tasks: ") + std::strerror(errno));
  const Fd fd(bpf_iter_create(bpf_link__fd(link.get())));
  if (!fd) return fail(std::string("cannot iterate over tasks: ") + std::strerror(errno));
  char nothing[64];
  while (read(fd.get(), nothing, sizeof(nothing)) > 0) {
  }
  if (skeleton.bss->host_root_dentry == 0)
    return fail("the host's tasks are not visible: the agent must run in the host's pid namespace (hostPID)");
  return {};
}

// Fills a queue or stack of free places, the last first, so that a stack gives out the first ones. 0 stands
// for none, and is never given out.
Result<void> fill_free(int fd, std::uint32_t places) {
  for (std::uint32_t place = places - 1; place > 0; place--) {
    if (bpf_map_update_elem(fd, nullptr, &place, BPF_ANY) != 0)
      return fail(std::string("cannot fill a map of free places: ") + std::strerror(errno));
  }
  return {};
}

Result<pl_config> make_config(const SensorOptions& options, const ChosenHierarchy& chosen,
                              const Sizes& sizes) {
  pl_config config{};
  if (getrandom(config.hash_key, sizeof(config.hash_key), 0) != sizeof(config.hash_key))
    return fail(std::string("no random bytes for the hash key: ") + std::strerror(errno));
  const std::uint64_t key[2] = {config.hash_key[0], config.hash_key[1]};
  const auto tick = static_cast<std::uint64_t>(tick_ns());
  config.startup_ticks = options.startup_phase_ns / tick;
  config.in_flight_ticks = static_cast<std::uint64_t>(kInFlightNs) / tick;
  config.second_ticks = static_cast<std::uint64_t>(kNsPerSecond) / tick;
  config.runtime_actor = text_hash(std::string(kRuntimeActor), key);
  config.controller = chosen.controller;
  config.hierarchy = chosen.hierarchy.id;
  config.slots = sizes.slots;
  config.hints = sizes.verdicts;
  config.cached_per_slot = sizes.cached_per_slot;
  config.events_per_slot = options.events_per_container;
  config.urgent_reserve = sizes.urgent_bytes / 4;
  config.wake_bytes = sizes.ring_bytes / 4;
  return config;
}

// Loads and attaches everything.
Result<LiveParts> open_new(const SensorOptions& options, pl_config config, const Sizes& sizes,
                           const std::string& cgroup2) {
  LiveParts parts;
  parts.options = options;
  std::vector<HookStatus> refused;
  std::vector<ChosenRow> rows;
  auto skeleton = load_programs(options, config, rows, refused);
  if (!skeleton) return std::unexpected(skeleton.error());
  parts.skeleton = std::move(*skeleton);
  parts.config = config;
  parts.programs = std::make_unique<Programs>(parts.skeleton->obj);
  parts.shared = {std::shared_ptr<void>(), parts.skeleton->bss};
  parts.shared->wall_offset_ns = static_cast<__u64>(wall_offset_ns());
  if (auto found = find_host_root(*parts.skeleton); !found) return std::unexpected(found.error());

  // Everything that events need, before the first event.
  const auto& maps = parts.skeleton->maps;
  auto slots = SlotTable::map(bpf_map__fd(maps.slots), sizes.slots);
  if (!slots) return std::unexpected(slots.error());
  parts.slots = std::move(*slots);
  if (auto filled = fill_free(bpf_map__fd(maps.free_slots), sizes.slots); !filled)
    return std::unexpected(filled.error());
  if (auto filled = fill_free(bpf_map__fd(maps.free_verdicts), sizes.verdicts); !filled)
    return std::unexpected(filled.error());
  auto rings = Rings::make(bpf_map__fd(maps.rings), sizes.cpus, sizes.ring_bytes, bpf_map__fd(maps.urgent),
                           bpf_map__fd(maps.answers));
  if (!rings) return std::unexpected(rings.error());
  parts.rings = std::move(*rings);

  parts.attached = attach_programs(*parts.skeleton, rows, cgroup2, std::move(refused));
  for (const HookStatus& h : parts.attached.status)
    if (h.hook == "exec" && !h.attached) return fail("cannot watch exec by " + h.way + ": " + h.error);
  return parts;
}

// What an earlier agent has pinned is retired, and ends only when the new programs know the containers.
Result<void> pin_instead(const Pins& pins, LiveParts& parts, const std::string& made_for) {
  const auto retired = retire(pins);
  if (!retired) return std::unexpected(retired.error());
  if (*retired) parts.predecessor = Predecessor::replaced;
  parts.pins = pins;
  return pin_state(pins, parts, {made_for, parts.config, parts.attached.status});
}

Result<LiveParts> take_over_or_open(const SensorOptions& options, const pl_config& config, const Sizes& sizes,
                                    const std::string& cgroup2) {
  if (options.pins.empty()) return open_new(options, config, sizes, cgroup2);
  const auto pins = Pins::at(options.pins);
  if (!pins) return std::unexpected(pins.error());
  const std::string made_for = fingerprint(options, config, cgroup2);
  auto taken = take_over(*pins, options, made_for);
  if (taken) {
    if (auto& parts = *taken; parts) return std::move(*parts);
  }
  auto parts = open_new(options, config, sizes, cgroup2);
  if (!parts) return parts;
  if (!taken) parts->takeover_problem = taken.error().message;
  if (auto pinned = pin_instead(*pins, *parts, made_for); !pinned) return std::unexpected(pinned.error());
  return parts;
}

}  // namespace

Result<std::unique_ptr<Sensor>> open_sensor(const SensorOptions& options) {
  if (auto btf = check_btf(options.btf_path); !btf) return std::unexpected(btf.error());
  const std::string mountinfo = slurp("/proc/self/mountinfo");
  const auto chosen = choose_hierarchy(mountinfo, slurp("/proc/cgroups"));
  if (!chosen) return std::unexpected(chosen.error());
  const Sizes sizes = sizes_here(options);
  const auto config = make_config(options, *chosen, sizes);
  if (!config) return std::unexpected(config.error());
  const std::string cgroup2 =
      options.cgroup2_path.empty() ? find_cgroup2_mount(mountinfo) : options.cgroup2_path;

  auto parts = take_over_or_open(options, *config, sizes, cgroup2);
  if (!parts) return std::unexpected(parts.error());
  parts->cgroup2_path = cgroup2;
  parts->hierarchy = chosen->hierarchy;
  return make_live_sensor(std::move(*parts));
}

}  // namespace plimsoll
