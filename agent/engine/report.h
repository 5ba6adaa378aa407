// What the loop tells the command line and the metrics: plain copies, made on the loop thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/alert.h"
#include "agent/core/container.h"
#include "agent/engine/containers.h"
#include "agent/engine/dns_cache.h"
#include "profiles/assess.h"
#include "profiles/startup.h"

namespace plimsoll {

struct ContainerReport {
  ContainerPtr container;
  WallNs started = 0;
  bool running = true;
  Assessment assessment;
  std::uint64_t behaviours = 0, evaluated = 0, alerts = 0;
  Losses lost;
};

struct ProfileReport {
  Profile profile;
  Assessment assessment;
  Startup startup;
  std::uint64_t minutes = 0, lost = 0;
};

/// Ever growing, since the start.
struct AlertTotals {
  struct AlertKind {
    std::string rule;
    Severity severity = Severity::medium;
    AlertMode mode = AlertMode::active;
    auto operator<=>(const AlertKind&) const = default;
  };
  std::map<AlertKind, std::uint64_t> alerts;    ///< series begun
  std::map<std::string, std::uint64_t> folded;  ///< by rule: alerts that were counted in one for many
  std::map<std::pair<std::string, Severity>, std::uint64_t> image_alerts;  ///< by metric label and severity
};

/// Likewise.
struct Totals : AlertTotals {
  std::map<std::string, std::uint64_t> evaluated;  ///< by hook: events that were followed to their end
  std::uint64_t sensor_errors = 0;                 ///< calls into the kernel side that failed
  std::uint64_t unknown_counts = 0;                ///< counts of keys that are not cached any more
  std::uint64_t host_entries = 0;  ///< host tasks moved into a container's cgroup by something not a runtime
  std::uint64_t departures = 0;    ///< container tasks moved to a cgroup that is no container's
};

struct EngineReport {
  Totals totals;
  std::vector<ContainerReport> containers;
  std::map<std::string, std::uint64_t> profiles_by_state;
  std::map<std::string, double> new_behaviours_per_day;  ///< by metric label
  bool learning_paused = false;
  std::uint64_t quarantined = 0;  ///< behaviours, in all profiles
  DnsCacheCounts names;
  std::size_t pending = 0, held = 0;
  LossCounts lost;                            ///< lost here, not in the kernel
  std::map<std::string, std::uint64_t> host;  ///< held events that were the host's, by hook
};

}  // namespace plimsoll
