// Reports into metric families.
#include "agent/pipeline/metrics_view.h"

#include <set>
#include <utility>

namespace plimsoll {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Families {
 public:
  MetricFamily& add(std::string name, std::string help, MetricType type) {
    return all_.emplace_back(MetricFamily{std::move(name), std::move(help), type, {}});
  }
  template <typename Number>
  void single(std::string name, std::string help, MetricType type, Number value) {
    put(add(std::move(name), std::move(help), type), {}, value);
  }
  template <typename Number>
  static void put(MetricFamily& family, Labels labels, Number value) {
    family.samples.push_back({std::move(labels), static_cast<double>(value)});
  }
  std::vector<MetricFamily> take() { return std::move(all_); }

 private:
  std::vector<MetricFamily> all_;
};

std::uint64_t at(const std::map<std::string, std::uint64_t>& counts, const std::string& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

void add_events(Families& out, const MetricsInput& input) {
  MetricFamily seen{"plimsoll_events_seen_total", "Events of containers, by hook.", MetricType::counter, {}};
  MetricFamily known{"plimsoll_events_known_total",
                     "Of those, known to the kernel's verdict cache, and only counted.",
                     MetricType::counter,
                     {}};
  MetricFamily emitted{
      "plimsoll_events_emitted_total", "Of those, evaluated in user space.", MetricType::counter, {}};
  MetricFamily lost{"plimsoll_events_lost_total", "Of those, lost, by reason.", MetricType::counter, {}};
  MetricFamily uncached{"plimsoll_events_uncached_total",
                        "Of those emitted, not cached by the kernel because its cache is full: reported "
                        "each time.",
                        MetricType::counter,
                        {}};
  MetricFamily flight{"plimsoll_events_in_flight",
                      "Emitted by the kernel side and not evaluated yet.",
                      MetricType::gauge,
                      {}};
  for (const auto& [hook, counters] : input.counters) {
    const auto judged = at(input.report.totals.judged, hook);
    std::uint64_t lost_in_kernel = 0, lost_here = 0;
    for (const auto& [reason, count] : counters.lost) {
      Families::put(lost, {{"hook", hook}, {"reason", reason}}, count);
      lost_in_kernel += count;
    }
    for (const auto& [key, count] : input.report.lost) {
      if (key.first == hook) {
        Families::put(lost, {{"hook", hook}, {"reason", key.second}}, count);
        lost_here += count;
      }
    }
    const auto settled = judged + lost_here;
    const auto ended = settled + at(input.report.host, hook);
    // Whatever the kernel side saw and cannot account for itself stays visible in `seen`.
    const auto open = counters.known + counters.emitted + lost_in_kernel;
    const auto unaccounted = counters.seen > open ? counters.seen - open : 0;
    Families::put(seen, {{"hook", hook}}, counters.known + lost_in_kernel + settled + unaccounted);
    Families::put(known, {{"hook", hook}}, counters.known);
    Families::put(emitted, {{"hook", hook}}, judged);
    Families::put(uncached, {{"hook", hook}}, counters.uncached);
    Families::put(flight, {{"hook", hook}}, counters.emitted > ended ? counters.emitted - ended : 0);
  }
  for (auto* family : {&seen, &known, &emitted, &lost, &uncached, &flight}) {
    out.add(family->name, family->help, family->type).samples = std::move(family->samples);
  }
}

void add_alerts(Families& out, const Totals& totals) {
  auto& alerts =
      out.add("plimsoll_alerts_total", "Alerts raised, without their repeats.", MetricType::counter);
  for (const auto& [kind, count] : totals.alerts) {
    Families::put(alerts,
                  {{"rule", kind.rule},
                   {"severity", std::string(name(kind.severity))},
                   {"mode", std::string(name(kind.mode))}},
                  count);
  }
  auto& folded =
      out.add("plimsoll_alerts_folded_total",
              "Alerts counted in one and not written one by one: their rule raised too many in a container.",
              MetricType::counter);
  for (const auto& [rule, count] : totals.folded) {
    Families::put(folded, {{"rule", rule}}, count);
  }
  auto& images = out.add("plimsoll_image_alerts_total",
                         "Alerts raised by image: the 200 busiest, the rest _other.", MetricType::counter);
  for (const auto& [key, count] : totals.image_alerts) {
    Families::put(images, {{"image", key.first}, {"severity", std::string(name(key.second))}}, count);
  }
}

void add_containers(Families& out, const EngineReport& report) {
  std::map<std::string, std::uint64_t> states{
      {"running", 0}, {"ended", 0}, {"unnamed", 0}, {"pending", report.pending}};
  for (const auto& container : report.containers) {
    ++states[!container.running ? "ended" : container.container->unnamed ? "unnamed" : "running"];
  }
  auto& containers = out.add("plimsoll_containers",
                             "Containers monitored; pending: cgroups not identified yet.", MetricType::gauge);
  for (const auto& [state, count] : states) {
    Families::put(containers, {{"state", state}}, count);
  }
  auto& profiles = out.add("plimsoll_profiles", "Profiles by state.", MetricType::gauge);
  for (const auto* state : {"none", "learning", "stable", "locked", "unstable", "too_large", "stale"}) {
    Families::put(profiles, {{"state", state}}, at(report.profiles_by_state, state));
  }
  out.single("plimsoll_learning_paused", "1 while learning is paused (`plimsoll learning pause`).",
             MetricType::gauge, report.learning_paused ? 1 : 0);
  out.single("plimsoll_behaviours_quarantined",
             "Behaviours that only one container among many has shown: recorded, but not known.",
             MetricType::gauge, report.quarantined);
  auto& fresh = out.add("plimsoll_profile_new_behaviours_per_day",
                        "New behaviours expected per day, upper bound.", MetricType::gauge);
  for (const auto& [image, value] : report.new_behaviours_per_day) {
    Families::put(fresh, {{"image", image}}, value);
  }
}

void add_names(Families& out, const DnsCacheCounts& names) {
  using enum MetricType;
  auto& answers =
      out.add("plimsoll_dns_answers_total",
              "DNS answers to containers; not_believed: from a server that is not one of the container's "
              "(identity.resolvers).",
              counter);
  Families::put(answers, {{"outcome", "used"}}, names.used);
  Families::put(answers, {{"outcome", "not_believed"}}, names.not_believed);
  out.single("plimsoll_dns_addresses", "Addresses with a current DNS name, over all containers.", gauge,
             names.addresses);
  out.single("plimsoll_dns_addresses_displaced_total",
             "Addresses whose name was dropped because the cache was full: they go by their class.", counter,
             names.displaced);
}

void add_hooks(Families& out, const std::vector<HookStatus>& hooks) {
  auto& attached =
      out.add("plimsoll_hook_attached", "1 when the hook is attached in this way.", MetricType::gauge);
  std::set<std::string> silent;
  std::size_t blind = 0;
  for (const auto& hook : hooks) {
    Families::put(attached, {{"hook", hook.hook}, {"way", hook.way}}, hook.attached ? 1 : 0);
    blind += hook.attached ? 0 : 1;
    if (hook.silent) {
      silent.insert(hook.hook);
    }
  }
  auto& detached = out.add("plimsoll_hook_detached_total",
                           "Times the hook was found detached by another program.", MetricType::counter);
  for (const auto& hook : hooks) {
    Families::put(detached, {{"hook", hook.hook}, {"way", hook.way}}, hook.detached);
  }
  auto& deaf =
      out.add("plimsoll_hook_silent", "1 when the hook missed the last self-test.", MetricType::gauge);
  for (const auto& hook : hooks) {
    Families::put(deaf, {{"hook", hook.hook}, {"way", hook.way}}, hook.silent ? 1 : 0);
  }
  out.single("plimsoll_blind", "Hooks that are not attached or missed the self-test; 0 when none is blind.",
             MetricType::gauge, blind + silent.size());
}

void add_own(Families& out, const MetricsInput& input) {
  const auto& totals = input.report.totals;
  using enum MetricType;
  out.single("plimsoll_unwatched_seconds",
             "Seconds before this start in which this host was unmonitored; 0 after a boot, and when pinned "
             "programs kept running.",
             gauge, input.seconds_unwatched);
  out.single("plimsoll_queue_depth", "Events waiting for the event loop.", gauge, input.queue_depth);
  out.single("plimsoll_pending_held", "Events held for cgroups that are not identified yet.", gauge,
             input.report.held);
  out.single("plimsoll_store_writes_total", "Profiles written.", counter, input.store.saved);
  out.single("plimsoll_store_errors_total", "Profiles that could not be written.", counter,
             input.store.errors);
  out.single("plimsoll_sensor_errors_total", "Calls into the kernel side that failed.", counter,
             totals.sensor_errors + input.poll_errors);
  out.single("plimsoll_counts_unreported_total",
             "Kernel counts of behaviours that the agent no longer remembers.", counter,
             totals.unknown_counts);
  out.single("plimsoll_cgroup_host_entries_total",
             "Host tasks moved into a container's cgroup by something that is not a runtime.", counter,
             totals.host_entries);
  out.single("plimsoll_cgroup_departures_total",
             "Container tasks moved to a cgroup that belongs to no container.", counter, totals.departures);
  auto& dropped = out.add("plimsoll_sink_dropped_total", "Alerts that a sink could not take.", counter);
  for (const auto& [sink, count] : input.sink_dropped) {
    Families::put(dropped, {{"sink", sink}}, count);
  }
  Families::put(out.add("plimsoll_build_info", "1, with the agent's version.", gauge),
                {{"version", input.version}}, 1);
}

void add_fleet(Families& out, const FleetHealth& fleet) {
  using enum MetricType;
  out.single("plimsoll_fleet_up", "1 while the fleet's store answers.", gauge,
             fleet.last_error.empty() ? 1 : 0);
  out.single("plimsoll_fleet_lineages", "Lineages whose profiles are exchanged.", gauge, fleet.lineages);
  auto& requests = out.add("plimsoll_fleet_requests_total", "Requests to the fleet's store.", counter);
  for (const auto& [kind, count] : fleet.requests) {
    Families::put(requests, {{"operation", kind.first}, {"outcome", kind.second}}, count);
  }
  auto& profiles = out.add("plimsoll_fleet_profiles_total",
                           "Profiles taken from the fleet or rejected, shared with it, and merged.", counter);
  for (const auto& [outcome, count] : fleet.profiles) {
    Families::put(profiles, {{"outcome", outcome}}, count);
  }
}

}  // namespace

std::vector<MetricFamily> metric_families(const MetricsInput& input) {
  Families out;
  add_events(out, input);
  add_alerts(out, input.report.totals);
  add_containers(out, input.report);
  add_names(out, input.report.names);
  add_hooks(out, input.hooks);
  add_own(out, input);
  if (input.fleet) {
    add_fleet(out, *input.fleet);
  }
  return out.take();
}

}  // namespace plimsoll
