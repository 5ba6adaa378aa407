// An event of a container: judged, or known to be like one that was; and the alerts that follow.
#include <utility>

#include "agent/engine/engine.h"
#include "profiles/normalise.h"

namespace plimsoll {

void Engine::evaluate(Activity&& activity, const WatchedContainerPtr& watched) {
  dns_cache_.apply(activity, *watched->container);
  if (auto* const t = tape()) {
    capture::Acted acted{activity, capture::kind_of(activity.kind)};
    acted.activity.key = acted.activity.kind = {};
    evaluator_.redact(acted.activity.process.argv);
    t->input(std::move(acted));
  }
  ++totals_.judged[activity.hook];
  ++watched->judged;
  if (watched->executed == 0 && activity.since_start_ns > 0) {
    watched->executed = activity.time - static_cast<WallNs>(activity.since_start_ns);
  }
  labels_.busy(watched->container->repository, 1);
  const bool watching = broadcaster_.wanted(*watched->container, activity.behaviour.action());
  const auto has_verdict = [&] {
    if (activity.key != Key{}) {
      judged_.push_back(activity.key);
    }
  };
  if (const auto* before = keys_.repeat(
          activity.kind, {1, activity.time, activity.since_start_ns / std::uint64_t{kNsPerSecond}})) {
    has_verdict();
    if (watching) {
      normalise(activity.behaviour, *watched->container);
      publish(activity, *before);
    }
    return;
  }
  auto ruling = evaluator_.evaluate(activity, *watched, learner_);
  const bool for_good = !ruling.passing;  // else it is told again, and judged by the time that it is then
  if (for_good) {
    has_verdict();
  }
  CachedVerdict cached{activity.slot, watched, ruling.learned, ruling.verdict, {}, {}};
  for (auto& found : ruling.found) {
    cached.rules.push_back(found.rule->detector->rule.id);
    cached.alerts.push_back(raise(std::move(found), activity, watched));
  }
  if (watching) {
    publish(activity, cached);
  }
  if (cached.verdict == Verdict::learned) {  // the next of its kind is not new
    cached.verdict = Verdict::known;
    cached.rules.clear();
  }
  if (for_good && activity.kind != Key{}) {
    keys_.put(activity.kind, std::move(cached));
  }
}

void Engine::flush_verdicts() {
  if (!judged_.empty()) {
    check(sensor_.judged(judged_), "tell the kernel side of verdicts");
    judged_.clear();
  }
}

/// Returns the id of the alert that tells of it.
std::string Engine::raise(RuleMatch found, const Activity& activity, const WatchedContainerPtr& watched) {
  const auto rule = found.rule->detector->rule.id;
  const auto& container = *watched->container;
  const auto repeats = [&](const std::string& id) {
    const bool again = alerts_.repeats(id, found.mode);
    if (again) {
      alerts_.repeat(id, 1, activity.time);
    }
    return again;
  };
  if (const auto what = found.rule->detector->rule.stands_for; what != StandsFor::behaviour) {
    auto& id = watched->of_all[rule];
    if (id.empty()) {
      id = series_of(host_.name, container, rule, what).id;
    }
    if (repeats(id)) {
      return id;
    }
    return write(evaluator_.alert_for(std::move(found), activity, watched), *watched);
  }
  // Under a flood of new behaviour a name for each would be the dearest part of the loop.
  if (alerts_.may_have(brief_of(container, rule, activity.behaviour))) {
    if (auto id = series_of(host_.name, container, rule, activity.behaviour).id; repeats(id)) {
      return id;
    }
  }
  const bool folded = !rate_.take(container.id, rule, activity.time);
  if (folded) {
    ++totals_.folded[std::string(rule)];
    auto& id = watched->of_all[rule];
    if (id.empty()) {
      id = series_of(host_.name, container, rule, StandsFor::many).id;
    }
    if (repeats(id)) {
      return id;
    }
  }
  auto alert = evaluator_.alert_for(std::move(found), activity, watched);
  if (folded) {
    alert.stands_for = StandsFor::many;
    alert.finding.message =
        "more alerts of this rule in this container than are written one by one: the others "
        "are counted here; the first of them: " +
        alert.finding.message;
  }
  return write(std::move(alert), *watched);
}

std::string Engine::write(Alert alert, WatchedContainer& watched) {
  if (const auto lost = losses_for_all(watched); !lost.empty()) {
    alert.lost_events = total(lost);
    alert.finding.evidence["lost"] = describe(lost);
  }
  alerts_.admit(alert);
  ++watched.alerts;
  ++totals_.alerts[{std::string(alert.rule.id), alert.severity, alert.mode}];
  ++totals_.image_alerts[{std::string(labels_.label(alert.container->repository)), alert.severity}];
  out_.alert(alert);
  return alert.id;
}

/// What has repeated becomes container-minutes and higher counts of alerts.
void Engine::flush_repeats() {
  const bool learning = config_.learning.learns();
  keys_.flush([&](const CachedVerdict& cached, const Repeats& repeats) {
    auto& profile = *cached.watched->profile;
    if (cached.learned != nullptr && learning && profile.kept) {
      learner_.repeat(
          profile.profile, *cached.learned,
          evaluator_.sighting(*cached.watched, repeats.time,
                              second_of(cached.learned->phase, repeats.since_start, profile.startup.end),
                              repeats.count));
      profile.change();
    }
    for (const auto& id : cached.alerts) {
      alerts_.repeat(id, repeats.count, repeats.time);
    }
  });
}

void Engine::publish(const Activity& activity, const CachedVerdict& cached) {
  BroadcastEvent event{activity, cached.watched->container, cached.verdict, cached.rules};
  evaluator_.redact(event.activity.process.argv);
  broadcaster_.publish(event);
}

Losses Engine::losses(const WatchedContainer& watched) const {
  Losses lost = containers_.lost(watched);
  for (const Slot slot : watched.slots) {
    add(lost, sensor_.lost(slot));
  }
  return lost;
}

/// As the tape has it: what is read is an input, too.
Losses Engine::losses_for_all(const WatchedContainer& watched) {
  auto read = losses(watched);
  auto* const t = tape();
  return t == nullptr ? read : t->losses(watched.container->id, std::move(read));
}

}  // namespace plimsoll
