// An event of a container: judged, or known to be like one that was; and the alerts that follow.
#include <utility>

#include "agent/engine/engine.h"
#include "profiles/normalise.h"

namespace plimsoll {

void Engine::judge(Activity&& activity, const WatchedPtr& watched) {
  names_.apply(activity, *watched->container);
  if (auto* const t = tape()) {
    capture::Acted acted{activity, capture::kind_of(activity.kind)};
    acted.activity.key = acted.activity.kind = {};
    judge_.redact(acted.activity.process.argv);
    t->input(std::move(acted));
  }
  ++totals_.judged[activity.hook];
  ++watched->judged;
  if (watched->executed == 0 && activity.since_start_ns > 0) {
    watched->executed = activity.time - static_cast<WallNs>(activity.since_start_ns);
  }
  labels_.busy(watched->container->repository, 1);
  const bool watching = stream_.wanted(*watched->container, activity.behaviour.action());
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
  auto ruling = judge_.judge(activity, *watched, learner_);
  const bool for_good = !ruling.passing;  // else it is told again, and judged by the time that it is then
  if (for_good) {
    has_verdict();
  }
  Judgement judgement{activity.slot, watched, ruling.learned, ruling.verdict, {}, {}};
  for (auto& found : ruling.found) {
    judgement.rules.push_back(found.rule->detector->rule.id);
    judgement.alerts.push_back(raise(std::move(found), activity, watched));
  }
  if (watching) {
    publish(activity, judgement);
  }
  if (judgement.verdict == Verdict::learned) {  // the next of its kind is no news
    judgement.verdict = Verdict::known;
    judgement.rules.clear();
  }
  if (for_good && activity.kind != Key{}) {
    keys_.put(activity.kind, std::move(judgement));
  }
}

void Engine::tell_judged() {
  if (!judged_.empty()) {
    check(sensor_.judged(judged_), "tell the kernel side of verdicts");
    judged_.clear();
  }
}

/// Returns the id of the alert that tells of it.
std::string Engine::raise(Found found, const Activity& activity, const WatchedPtr& watched) {
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
    return write(judge_.alert_for(std::move(found), activity, watched), *watched);
  }
  // Under a flood of news a name for each would be the dearest part of the loop.
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
  auto alert = judge_.alert_for(std::move(found), activity, watched);
  if (folded) {
    alert.stands_for = StandsFor::many;
    alert.finding.message =
        "more alerts of this rule in this container than are written one by one: the others "
        "are counted here; the first of them: " +
        alert.finding.message;
  }
  return write(std::move(alert), *watched);
}

std::string Engine::write(Alert alert, Watched& watched) {
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
void Engine::settle_repeats() {
  const bool learning = config_.learning.learns();
  keys_.settle([&](const Judgement& judgement, const Repeats& repeats) {
    auto& profile = *judgement.watched->profile;
    if (judgement.learned != nullptr && learning && profile.kept) {
      learner_.repeat(
          profile.profile, *judgement.learned,
          judge_.sighting(*judgement.watched, repeats.time,
                          second_of(judgement.learned->phase, repeats.since_start, profile.startup.end),
                          repeats.count));
      profile.change();
    }
    for (const auto& id : judgement.alerts) {
      alerts_.repeat(id, repeats.count, repeats.time);
    }
  });
}

void Engine::publish(const Activity& activity, const Judgement& judgement) {
  StreamEvent event{activity, judgement.watched->container, judgement.verdict, judgement.rules};
  judge_.redact(event.activity.process.argv);
  stream_.publish(event);
}

Losses Engine::losses(const Watched& watched) const {
  Losses lost = containers_.lost(watched);
  for (const Slot slot : watched.slots) {
    add(lost, sensor_.lost(slot));
  }
  return lost;
}

/// As the tape has it: what is read is an input, too.
Losses Engine::losses_for_all(const Watched& watched) {
  auto read = losses(watched);
  auto* const t = tape();
  return t == nullptr ? read : t->losses(watched.container->id, std::move(read));
}

}  // namespace plimsoll
