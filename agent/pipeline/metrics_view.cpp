// Reports into the registered metrics.
#include "agent/pipeline/metrics_view.h"

#include <set>

namespace plimsoll {
namespace {

std::uint64_t at(const std::map<std::string, std::uint64_t>& counts, const std::string& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

void add_events(Exposition& out, const MetricsInput& input) {
  for (const auto& [hook, counters] : input.counters) {
    const auto evaluated = at(input.report.totals.evaluated, hook);
    std::uint64_t lost_in_kernel = 0, lost_here = 0;
    for (const auto& [reason, count] : counters.lost) {
      out.put("plimsoll_events_lost_total", count, hook, reason);
      lost_in_kernel += count;
    }
    for (const auto& [key, count] : input.report.lost) {
      if (key.first == hook) {
        out.put("plimsoll_events_lost_total", count, hook, key.second);
        lost_here += count;
      }
    }
    const auto accounted = evaluated + lost_here;
    const auto ended = accounted + at(input.report.host, hook);
    // Whatever the kernel side saw and cannot account for itself stays visible in `seen`.
    const auto open = counters.known + counters.emitted + lost_in_kernel;
    const auto unaccounted = counters.seen > open ? counters.seen - open : 0;
    out.put("plimsoll_events_seen_total", counters.known + lost_in_kernel + accounted + unaccounted, hook);
    out.put("plimsoll_events_known_total", counters.known, hook);
    out.put("plimsoll_events_emitted_total", evaluated, hook);
    out.put("plimsoll_events_uncached_total", counters.uncached, hook);
    out.put("plimsoll_events_in_flight", counters.emitted > ended ? counters.emitted - ended : 0, hook);
  }
}

void add_alerts(Exposition& out, const Totals& totals) {
  for (const auto& [kind, count] : totals.alerts) {
    out.put("plimsoll_alerts_total", count, kind.rule, name(kind.severity), name(kind.mode));
  }
  for (const auto& [rule, count] : totals.folded) {
    out.put("plimsoll_alerts_folded_total", count, rule);
  }
  for (const auto& [key, count] : totals.image_alerts) {
    out.put("plimsoll_image_alerts_total", count, key.first, name(key.second));
  }
}

void add_containers(Exposition& out, const EngineReport& report) {
  std::map<std::string, std::uint64_t> states{
      {"running", 0}, {"ended", 0}, {"unnamed", 0}, {"pending", report.pending}};
  for (const auto& container : report.containers) {
    ++states[!container.running ? "ended" : container.container->unnamed ? "unnamed" : "running"];
  }
  for (const auto& [state, count] : states) {
    out.put("plimsoll_containers", count, state);
  }
  for (const auto state : kNamesOf<State>) {
    out.put("plimsoll_profiles", at(report.profiles_by_state, std::string(state)), state);
  }
  out.put("plimsoll_learning_paused", report.learning_paused ? 1 : 0);
  out.put("plimsoll_behaviours_quarantined", report.quarantined);
  for (const auto& [image, value] : report.new_behaviours_per_day) {
    out.put("plimsoll_profile_new_behaviours_per_day", value, image);
  }
}

void add_names(Exposition& out, const DnsCacheCounts& names) {
  out.put("plimsoll_dns_answers_total", names.used, "used");
  out.put("plimsoll_dns_answers_total", names.not_believed, "not_believed");
  out.put("plimsoll_dns_addresses", names.addresses);
  out.put("plimsoll_dns_addresses_displaced_total", names.displaced);
}

void add_hooks(Exposition& out, const std::vector<HookStatus>& hooks) {
  std::set<std::string> silent;
  std::size_t blind = 0;
  for (const auto& hook : hooks) {
    out.put("plimsoll_hook_attached", hook.attached ? 1 : 0, hook.hook, hook.way);
    out.put("plimsoll_hook_detached_total", hook.detached, hook.hook, hook.way);
    out.put("plimsoll_hook_silent", hook.silent ? 1 : 0, hook.hook, hook.way);
    blind += hook.attached ? 0 : 1;
    if (hook.silent) {
      silent.insert(hook.hook);
    }
  }
  out.put("plimsoll_blind", blind + silent.size());
}

void add_own(Exposition& out, const MetricsInput& input) {
  const auto& totals = input.report.totals;
  out.put("plimsoll_unwatched_seconds", input.seconds_unwatched);
  out.put("plimsoll_queue_depth", input.queue_depth);
  out.put("plimsoll_pending_held", input.report.held);
  out.put("plimsoll_store_writes_total", input.store.saved);
  out.put("plimsoll_store_errors_total", input.store.errors);
  out.put("plimsoll_sensor_errors_total", totals.sensor_errors + input.poll_errors);
  out.put("plimsoll_counts_unreported_total", totals.unknown_counts);
  out.put("plimsoll_cgroup_host_entries_total", totals.host_entries);
  out.put("plimsoll_cgroup_departures_total", totals.departures);
  for (const auto& [sink, count] : input.sink_dropped) {
    out.put("plimsoll_sink_dropped_total", count, sink);
  }
  out.put("plimsoll_build_info", 1, input.version);
}

void add_fleet(Exposition& out, const FleetHealth& fleet) {
  out.put("plimsoll_fleet_up", fleet.last_error.empty() ? 1 : 0);
  out.put("plimsoll_fleet_lineages", fleet.lineages);
  for (const auto& [kind, count] : fleet.requests) {
    out.put("plimsoll_fleet_requests_total", count, kind.first, kind.second);
  }
  for (const auto* outcome : {"taken", "rejected", "shared", "merged"}) {
    out.put("plimsoll_fleet_profiles_total", at(fleet.profiles, outcome), outcome);
  }
}

}  // namespace

Exposition exposition(const MetricsInput& input) {
  Exposition out;
  add_events(out, input);
  add_alerts(out, input.report.totals);
  add_containers(out, input.report);
  add_names(out, input.report.names);
  add_hooks(out, input.hooks);
  add_own(out, input);
  if (input.fleet) {
    add_fleet(out, *input.fleet);
  }
  return out;
}

}  // namespace plimsoll
