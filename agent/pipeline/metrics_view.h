// The contract's metrics, from what the loop, the kernel side, the sinks and the store report.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/engine/report.h"
#include "agent/fleet/fleet_health.h"
#include "agent/metrics/metrics.h"
#include "agent/pipeline/profile_writer.h"
#include "agent/sensor/sensor.h"

namespace plimsoll {

struct MetricsInput {
  const EngineReport& report;
  std::map<std::string, HookCounters> counters;
  std::vector<HookStatus> hooks;
  std::string version;
  std::map<std::string, std::uint64_t> sink_dropped;  ///< by sink
  ProfileWriter::Health store;
  std::size_t queue_depth = 0;
  std::uint64_t poll_errors = 0;
  double seconds_unwatched = 0;
  std::optional<FleetHealth> fleet;
};

/// Fills every registered metric (agent/metrics/registry.h) but for process_*.
/// seen = known + emitted + lost holds for every hook but for what is in flight (plimsoll_events_in_flight):
/// in the ring, in the queue, or held for a cgroup that is not resolved yet. Events that turn out to be the
/// host's leave all four. So `emitted` are those that were evaluated, and `seen` counts an event when its
/// fate is known.
Exposition exposition(const MetricsInput&);

}  // namespace plimsoll
