// Every metric that the agent exports, one row each. Nothing else can be exported: Exposition::put() takes a
// name only when it stands here, which the compiler checks. deploy/metrics.md is generated from these rows.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace plimsoll {

enum class MetricType : std::uint8_t { counter, gauge };

/// The names of a metric's labels, four at most.
struct LabelNames {
  std::array<std::string_view, 4> names{};
  std::size_t count = 0;
  consteval LabelNames(std::initializer_list<std::string_view> list) : count(list.size()) {
    std::ranges::copy(list, names.begin());
  }
};

/// Label sets are closed, or bounded by ImageLabels; values are never a pid, path, digest or container id.
struct MetricRow {
  std::string_view name;
  MetricType type;
  std::string_view unit;  ///< what the value counts or is measured in
  LabelNames labels;
  std::string_view help;
};

// clang-format off
inline constexpr auto kMetrics = std::to_array<MetricRow>({
    // What the hooks see. seen = known + emitted + lost for every hook, once nothing is in flight.
    {"plimsoll_events_seen_total", MetricType::counter, "events", {"hook"},
     "Actions of containers that the hook saw."},
    {"plimsoll_events_known_total", MetricType::counter, "events", {"hook"},
     "Events of known behaviour, counted in the kernel and not sent to user space."},
    {"plimsoll_events_emitted_total", MetricType::counter, "events", {"hook"},
     "Events evaluated in user space."},
    {"plimsoll_events_lost_total", MetricType::counter, "events", {"hook", "reason"},
     "Events lost before they were evaluated."},
    {"plimsoll_events_uncached_total", MetricType::counter, "events", {"hook"},
     "Emitted events that the full verdict cache could not hold; the same behaviour is emitted each time."},
    {"plimsoll_events_in_flight", MetricType::gauge, "events", {"hook"},
     "Events emitted by the kernel and not evaluated yet."},

    // Alerts.
    {"plimsoll_alerts_total", MetricType::counter, "alerts", {"rule", "severity", "mode"},
     "Alerts raised, without their repeats; mode is active or shadow."},
    {"plimsoll_alerts_folded_total", MetricType::counter, "alerts", {"rule"},
     "Alerts folded into a summary because their rule fired too often in one container."},
    {"plimsoll_image_alerts_total", MetricType::counter, "alerts", {"image", "severity"},
     "Alerts raised, by repository: the 200 busiest have a label of their own, the rest share _other."},
    {"plimsoll_sink_dropped_total", MetricType::counter, "alerts", {"sink"},
     "Alerts that a sink could not take."},

    // Containers and profiles.
    {"plimsoll_containers", MetricType::gauge, "containers", {"state"},
     "Monitored containers; pending counts cgroups that are not resolved yet."},
    {"plimsoll_profiles", MetricType::gauge, "profiles", {"state"},
     "Profiles by state."},
    {"plimsoll_profile_new_behaviours_per_day", MetricType::gauge, "behaviours per container-day", {"image"},
     "Upper bound of the new behaviours that the profile still expects."},
    {"plimsoll_behaviours_quarantined", MetricType::gauge, "behaviours", {},
     "Behaviours that only one of many containers has shown; they are kept but do not count as known."},
    {"plimsoll_learning_paused", MetricType::gauge, "0 or 1", {},
     "1 while learning is paused (plimsoll learning pause)."},
    {"plimsoll_pending_held", MetricType::gauge, "events", {},
     "Events held until their cgroup is resolved to a container."},
    {"plimsoll_cgroup_host_entries_total", MetricType::counter, "tasks", {},
     "Host tasks moved into a container's cgroup by something other than a container runtime."},
    {"plimsoll_cgroup_departures_total", MetricType::counter, "tasks", {},
     "Container tasks moved to a cgroup that belongs to no container."},

    // Names of destinations.
    {"plimsoll_dns_answers_total", MetricType::counter, "answers", {"outcome"},
     "DNS answers to containers; not_believed counts answers of resolvers that the container does not use "
     "(identity.resolvers)."},
    {"plimsoll_dns_addresses", MetricType::gauge, "addresses", {},
     "Addresses for which a container has a DNS name now."},
    {"plimsoll_dns_addresses_displaced_total", MetricType::counter, "addresses", {},
     "Addresses that lost their DNS name because the cache was full; connections to them go by address class."},

    // Whether the agent sees everything.
    {"plimsoll_blind", MetricType::gauge, "hooks", {},
     "Hooks that are not attached or failed their self-test; 0 when everything is seen."},
    {"plimsoll_hook_attached", MetricType::gauge, "0 or 1", {"hook", "way"},
     "1 when the hook is attached in this way."},
    {"plimsoll_hook_detached_total", MetricType::counter, "detachments", {"hook", "way"},
     "Times the hook was found detached by another program."},
    {"plimsoll_hook_silent", MetricType::gauge, "0 or 1", {"hook", "way"},
     "1 when the hook did not see its last self-test."},
    {"plimsoll_unwatched_seconds", MetricType::gauge, "seconds", {},
     "How long this host was unmonitored before the agent's last start; 0 after a boot, and when the pinned "
     "programs kept running."},

    // The agent itself.
    {"plimsoll_build_info", MetricType::gauge, "1", {"version"},
     "Always 1; the label is the agent's version."},
    {"plimsoll_queue_depth", MetricType::gauge, "events", {},
     "Events waiting to be evaluated."},
    {"plimsoll_sensor_errors_total", MetricType::counter, "calls", {},
     "Failed calls into the kernel (BPF maps, ring buffer, links)."},
    {"plimsoll_counts_unreported_total", MetricType::counter, "counts", {},
     "Counts from the kernel for behaviours that are no longer in memory."},
    {"plimsoll_store_writes_total", MetricType::counter, "profiles", {},
     "Profiles written to the store."},
    {"plimsoll_store_errors_total", MetricType::counter, "profiles", {},
     "Profiles that could not be written to the store."},
    {"plimsoll_fleet_up", MetricType::gauge, "0 or 1", {},
     "1 while the fleet's store answers; absent without a fleet."},
    {"plimsoll_fleet_lineages", MetricType::gauge, "lineages", {},
     "Lineages whose profiles are exchanged; absent without a fleet."},
    {"plimsoll_fleet_requests_total", MetricType::counter, "requests", {"operation", "outcome"},
     "Requests to the fleet's store."},
    {"plimsoll_fleet_profiles_total", MetricType::counter, "profiles", {"outcome"},
     "Profiles taken from the fleet or rejected, shared with it, and merged."},
    {"process_cpu_seconds_total", MetricType::counter, "seconds", {},
     "CPU time used by the agent, user and system."},
    {"process_resident_memory_bytes", MetricType::gauge, "bytes", {},
     "Resident memory of the agent."},
    {"process_open_fds", MetricType::gauge, "file descriptors", {},
     "Open file descriptors of the agent."},
    {"process_threads", MetricType::gauge, "threads", {},
     "Threads of the agent."},
});
// clang-format on

/// Its place in kMetrics, or kMetrics.size() for none of that name with so many labels.
constexpr std::size_t metric_index(std::string_view name, std::size_t labels) {
  const auto found = std::ranges::find_if(
      kMetrics, [&](const MetricRow& row) { return row.name == name && row.labels.count == labels; });
  return static_cast<std::size_t>(found - kMetrics.begin());
}

/// A metric's name in a call: only one that is registered with so many labels compiles.
template <std::size_t kLabels>
class MetricName {
 public:
  consteval MetricName(const char* name) : index_(metric_index(name, kLabels)) {
    if (index_ == kMetrics.size()) throw "no metric of that name and number of labels in kMetrics";
  }
  [[nodiscard]] constexpr std::size_t index() const { return index_; }

 private:
  std::size_t index_;
};

}  // namespace plimsoll
