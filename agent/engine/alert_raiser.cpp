#include "agent/engine/alert_raiser.h"

#include <utility>

namespace plimsoll {

bool AlertRaiser::counted_as_repeat(const std::string& id, AlertMode mode, WallNs time) {
  const bool again = alerts_.repeats(id, mode);
  if (again) {
    alerts_.repeat(id, 1, time);
  }
  return again;
}

/// Where the id of the rule's one alert for many behaviours of the container is kept.
std::string& AlertRaiser::series_for_all(WatchedContainer& watched, std::string_view rule,
                                         StandsFor what) const {
  auto& id = watched.of_all[rule];
  if (id.empty()) {
    id = series_of(host_, *watched.container, rule, what).id;
  }
  return id;
}

std::string AlertRaiser::raise(RuleMatch match, const Activity& activity, const WatchedContainerPtr& watched,
                               const RuleEvaluator& evaluator) {
  const auto rule = match.rule->detector->rule.id;
  const auto& container = *watched->container;
  if (const auto what = match.rule->detector->rule.stands_for; what != StandsFor::behaviour) {
    const auto& id = series_for_all(*watched, rule, what);
    if (counted_as_repeat(id, match.mode, activity.time)) {
      return id;
    }
    return send_new(evaluator.alert_for(std::move(match), activity, watched), *watched);
  }
  // Under a flood of new behaviours a name for each would be the most expensive part of the loop.
  if (alerts_.may_have(brief_of(container, rule, activity.behaviour))) {
    if (auto id = series_of(host_, container, rule, activity.behaviour).id;
        counted_as_repeat(id, match.mode, activity.time)) {
      return id;
    }
  }
  const bool folded = !rate_.take(container.id, rule, activity.time);
  if (folded) {
    ++totals_.folded[std::string(rule)];
    const auto& id = series_for_all(*watched, rule, StandsFor::many);
    if (counted_as_repeat(id, match.mode, activity.time)) {
      return id;
    }
  }
  auto alert = evaluator.alert_for(std::move(match), activity, watched);
  if (folded) {
    alert.stands_for = StandsFor::many;
    alert.finding.message =
        "this rule raises more alerts in this container than are written one by one; the rest are "
        "counted here. The first of them: " +
        alert.finding.message;
  }
  return send_new(std::move(alert), *watched);
}

std::string AlertRaiser::send_new(Alert alert, WatchedContainer& watched) {
  if (const auto lost = losses_(watched); !lost.empty()) {
    alert.lost_events = total(lost);
    alert.finding.evidence["lost"] = describe(lost);
  }
  alerts_.admit(alert);
  ++watched.alerts;
  ++totals_.alerts[{std::string(alert.rule.id), alert.severity, alert.mode}];
  ++totals_.image_alerts[{label(alert.container->repository), alert.severity}];
  send_(alert);
  return alert.id;
}

void AlertRaiser::send_due(WallNs now) {
  for (const auto& alert : alerts_.due(now)) {
    send_(alert);
  }
}

}  // namespace plimsoll
