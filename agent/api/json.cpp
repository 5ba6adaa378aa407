// Reports into JSON.
#include "agent/api/json.h"

#include <nlohmann/json.hpp>
#include <type_traits>

#include "agent/core/capability.h"
#include "agent/core/text.h"

namespace plimsoll {

using nlohmann::json;

namespace {

json or_null(const std::optional<double>& value) {
  return value ? json(*value) : json();
}

json escaped(const std::vector<std::string>& texts) {
  json out = json::array();
  for (const auto& text : texts) {
    out.push_back(escape(text));
  }
  return out;
}

template <typename Texts>
json list(const Texts& texts) {
  json out = json::array();
  for (const auto& text : texts) {
    out.push_back(escape(text));
  }
  return out;
}

json object_of(const Behaviour& behaviour) {
  json out = json::object();
  for_each_field(behaviour.object, [&](const char* key, const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, std::string>) {
      if (!field.empty()) {
        out[key] = escape(field);
      }
    } else if constexpr (std::is_same_v<Field, Origin>) {
      out[key] = name(field);
    } else {
      out[key] = field;
    }
  });
  return out;
}

json assessment_row(const Assessment& a) {
  json classes = json::object();
  for (const auto& [action, fresh] : a.classes) {
    const auto& c = fresh.coverage;
    classes[std::string(name(action))] = {{"behaviours", c.behaviours},
                                          {"estimated_behaviours", c.richness()},
                                          {"seen_once", c.minutes.singletons},
                                          {"seen_twice", c.minutes.doubletons},
                                          {"seen_once_in_five_minutes", c.five_minutes.singletons},
                                          {"unseen_bound", c.minutes.unseen_bound()},
                                          {"new_behaviours_per_day", fresh.per_day}};
  }
  return {{"state", name(a.state)},
          {"reason", escape(a.reason)},
          {"progress", a.progress},
          {"hours_to_go", or_null(a.container_hours_to_go)},
          {"predicted_new_behaviours_per_day", or_null(a.predicted_new_behaviours_per_day)},
          {"days_observed", a.observed.days},
          {"lifetimes", a.observed.lifetimes},
          {"quiet_seconds", a.observed.quiet},
          {"longest_period_seconds", a.observed.period},
          {"classes", std::move(classes)}};
}

json startup_row(const Startup& startup) {
  json row{{"seconds", static_cast<double>(startup.end) / static_cast<double>(kNsPerSecond)},
           {"by", name(startup.by)},
           {"reason", describe(startup)}};
  if (startup.by != Startup::By::setting) {
    row["behaviours"] = startup.behaviours;
    row["latest_seconds"] = startup.latest;
    row["containers"] = startup.containers;
    row["watched_seconds"] = startup.watched;
  }
  return row;
}

}  // namespace

Result<std::string> text_argument(const json& args, const char* key) {
  const auto at = args.is_object() ? args.find(key) : args.end();
  if (!args.is_object() || at == args.end()) {
    return std::string{};
  }
  if (!at->is_string()) {
    return fail(std::string("\"") + key + "\": accepted: a string");
  }
  return unescape(at->get<std::string>());
}

json container_row(const ContainerReport& report) {
  const auto& c = *report.container;
  return {{"id", escape(c.id)},
          {"name", escape(c.name)},
          {"role", escape(c.role)},
          {"runtime", escape(c.runtime)},
          {"image", escape(c.image)},
          {"image_id", escape(c.image_id)},
          {"pod", escape(c.pod)},
          {"namespace", escape(c.pod_namespace)},
          {"task", escape(c.ecs_task)},
          {"started", rfc3339(report.started)},
          {"running", report.running},
          {"unnamed", c.unnamed},
          {"sandbox", c.sandbox},
          {"state", name(report.assessment.state)},
          {"reason", escape(report.assessment.reason)},
          {"progress", report.assessment.progress},
          {"behaviours", report.behaviours},
          {"events", report.evaluated},
          {"alerts", report.alerts},
          {"lost_events", total(report.lost)},
          {"lost", report.lost}};
}

json profile_row(const ProfileSummary& summary, const std::string& path) {
  json row{{"repository", escape(summary.lineage.repository)},
           {"role", escape(summary.lineage.role)},
           {"image_id", escape(summary.image_id)},
           {"tags", list(summary.tags)},
           {"images", summary.images},
           {"behaviours", summary.behaviours},
           {"quarantined", summary.assessment.all.quarantined},
           {"minutes", summary.minutes},
           {"hosts", summary.hosts},
           {"lost_events", summary.lost},
           {"path", escape(path)}};
  row.update(assessment_row(summary.assessment));
  row["startup"] = startup_row(summary.startup);
  return row;
}

json event_line(const BroadcastEvent& event, std::uint64_t dropped) {
  const auto& activity = event.activity;
  const auto& behaviour = activity.behaviour;
  json rules = json::array();
  for (const auto rule : event.rules) {
    rules.push_back(rule);
  }
  return {{"time", rfc3339(activity.time)},
          {"container", escape(event.container->name)},
          {"container_id", escape(event.container->id)},
          {"image", escape(event.container->image)},
          {"hook", activity.hook},
          {"phase", name(behaviour.phase)},
          {"actor", escape(behaviour.actor)},
          {"action", name(behaviour.action())},
          {"object", object_of(behaviour)},
          {"outcome", name(behaviour.outcome)},
          {"verdict", name(event.verdict)},
          {"rules", std::move(rules)},
          {"pid", activity.process.pid},
          {"argv", escaped(activity.process.argv)},
          {"describe", describe(behaviour)},
          {"dropped", dropped}};
}

json rule_row(const ActiveRule& active) {
  const auto& rule = active.detector->rule;
  json exclude = json::array();
  for (const auto& one : active.config.exclude) {
    exclude.push_back({{"image", one.image}, {"namespace", one.name_space}, {"role", one.role}});
  }
  return {{"id", rule.id},
          {"kind", rule.kind == RuleKind::hard ? "hard" : "profile"},
          {"severity", name(active.severity())},
          {"default_severity", name(rule.severity)},
          {"enabled", active.config.enabled},
          {"confidence", rule.confidence},
          {"title", rule.title},
          {"description", rule.description},
          {"next_step", rule.next_step},
          {"tactics", list(rule.tactics)},
          {"techniques", list(rule.techniques)},
          {"exclude", std::move(exclude)}};
}

json hook_rows(const std::vector<HookStatus>& hooks) {
  json out = json::array();
  for (const auto& hook : hooks) {
    out.push_back({{"hook", hook.hook},
                   {"way", hook.way},
                   {"attached", hook.attached},
                   {"silent", hook.silent},
                   {"error", hook.error},
                   {"blind_to", hook.blind_to},
                   {"passed_over", hook.passed_over},
                   {"detached", hook.detached}});
  }
  return out;
}

json confinement_row(const Confinement& confinement, std::uint64_t needed) {
  return {{"capabilities", capability_names(confinement.capabilities)},
          {"unneeded", capability_names(confinement.capabilities & ~needed)},
          {"no_new_privs", confinement.no_new_privs},
          {"calls_refused", confinement.calls_refused}};
}

json fleet_row(const std::optional<FleetHealth>& fleet) {
  if (!fleet) {
    return {};
  }
  json counts = json::object();
  for (const auto& [outcome, count] : fleet->profiles) {
    counts[outcome] = count;
  }
  return {{"store", escape(fleet->where)},      {"up", fleet->last_error.empty()},
          {"error", escape(fleet->last_error)}, {"read_only", fleet->read_only},
          {"lineages", fleet->lineages},        {"profiles", std::move(counts)}};
}

json hook_counters(const std::map<std::string, HookCounters>& counters) {
  json out = json::object();
  for (const auto& [hook, c] : counters) {
    out[hook] = {{"seen", c.seen}, {"known", c.known}, {"emitted", c.emitted}, {"lost", c.lost}};
  }
  return out;
}

}  // namespace plimsoll
