// The alert as JSON, schema 1.0: keys in the contract's order, every string escaped.
#include <nlohmann/json.hpp>
#include <type_traits>

#include "agent/alerts/alerts.h"
#include "agent/core/text.h"

namespace plimsoll {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(escape(text));
}

Json texts(const auto& list) {
  Json out = Json::array();
  for (const auto& text : list) out.push_back(escape(text));
  return out;
}

Json text_map(const std::map<std::string, std::string>& map) {
  Json out = Json::object();
  for (const auto& [key, value] : map) out[escape(key)] = escape(value);
  return out;
}

Json behaviour_json(const Behaviour& b) {
  Json object = Json::object();
  for_each_field(b.object, [&object](const char* key, const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, Origin>) {
      object[key] = name(field);
    } else if constexpr (std::is_same_v<Field, std::uint16_t>) {
      if (field != 0) object[key] = field;
    } else {
      if (!field.empty()) object[key] = escape(field);
    }
  });
  Json out = {
      {"phase", name(b.phase)}, {"actor", escape(b.actor)}, {"action", name(b.action())}, {"object", object}};
  if (!has_usual_outcome(b)) out["outcome"] = name(b.outcome);
  if (b.pattern) out["pattern"] = true;
  return out;
}

Json container_json(const ContainerPtr& c) {
  if (!c) return nullptr;
  return {{"id", escape(c->id)},
          {"name", escape(c->name)},
          {"role", escape(c->role)},
          {"runtime", escape(c->runtime)},
          {"image", escape(c->image)},
          {"image_id", text_or_null(c->image_id)},
          {"pod", text_or_null(c->pod)},
          {"namespace", text_or_null(c->pod_namespace)},
          {"task", text_or_null(c->ecs_task)}};
}

Json process_json(const Alert& alert) {
  const Process& p = alert.process;
  // After an exec the process is the new program, although another one acted.
  const auto* exec = std::get_if<ExecObject>(&alert.behaviour.object);
  const bool replaced = exec != nullptr && alert.behaviour.outcome != Outcome::failed;
  Json ancestors = Json::array();
  for (const Ancestor& a : p.ancestors) ancestors.push_back({{"pid", a.pid}, {"exe", escape(a.exe)}});
  Json out = {{"pid", p.pid},
              {"exe", escape(replaced ? exec->path : p.exe)},
              {"argv", texts(p.argv)},
              {"uid", p.creds.uid},
              {"ancestors", std::move(ancestors)}};
  if (p.argv_truncated) out["argv_truncated"] = true;
  return out;
}

Json baseline_json(const BaselineSummary& b) {
  Json out = {{"state", b.state},
              {"predicted_new_behaviours_per_day", nullptr},
              {"nearest", nullptr},
              {"differs", b.differs}};
  if (b.predicted_new_behaviours_per_day)
    out["predicted_new_behaviours_per_day"] = *b.predicted_new_behaviours_per_day;
  if (b.nearest) out["nearest"] = behaviour_json(*b.nearest);
  return out;
}

}  // namespace

std::string to_json(const Alert& alert) {
  Json out = {{"schema", "1.0"},         {"time", rfc3339(alert.time)},
              {"id", alert.id},          {"fingerprint", alert.fingerprint},
              {"incident", nullptr},     {"update", alert.update},
              {"rule", alert.rule.id},   {"severity", name(alert.severity)},
              {"mode", name(alert.mode)}};
  if (alert.incomplete) out["incomplete"] = true;
  if (alert.stands_for == StandsFor::many) out["folded"] = true;
  // The detector has escaped the names in its sentence and its evidence; twice would make them unreadable.
  out["message"] = alert.finding.message;
  out["host"] = {{"name", escape(alert.host.name)},
                 {"cluster", escape(alert.host.cluster)},
                 {"labels", text_map(alert.host.labels)}};
  out["container"] = container_json(alert.container);
  out["process"] = process_json(alert);
  out["behaviour"] = behaviour_json(alert.behaviour);
  out["baseline"] = baseline_json(alert.baseline);
  out["evidence"] = alert.finding.evidence;
  out["lost_events"] = alert.lost_events;
  out["attack"] = {{"tactics", alert.rule.tactics}, {"techniques", alert.rule.techniques}};
  out["confidence"] = alert.rule.confidence;
  out["count"] = alert.count;
  out["runbook"] = alert.rule.next_step;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace plimsoll
