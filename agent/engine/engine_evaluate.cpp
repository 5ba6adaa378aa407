// An event of a container: evaluated, or known to be like one that was; and what repeats are credited to.
#include <utility>

#include "agent/engine/engine.h"
#include "profiles/normalise.h"

namespace plimsoll {

void Engine::evaluate(Activity&& activity, const WatchedContainerPtr& watched) {
  dns_cache_.apply(activity, *watched->container);
  log_input([&] {
    capture::Acted acted{activity, capture::kind_of(activity.kind)};
    acted.activity.key = acted.activity.kind = {};
    evaluator_.redact(acted.activity.process.argv);
    return acted;
  });
  ++totals_.evaluated[activity.hook];
  ++watched->evaluated;
  if (watched->executed == 0 && activity.since_start_ns > 0) {
    watched->executed = activity.time - static_cast<WallNs>(activity.since_start_ns);
  }
  raiser_.busy(watched->container->repository);
  const bool watching = broadcaster_.wanted(*watched->container, activity.behaviour.action());
  const auto mark_known = [&] {
    if (activity.key != Key{}) {
      verdicts_.mark_known(activity.key);
    }
  };
  if (const auto* before = verdicts_.repeat(
          activity.kind, {1, activity.time, activity.since_start_ns / std::uint64_t{kNsPerSecond}})) {
    mark_known();
    if (watching) {
      normalise(activity.behaviour, *watched->container);
      publish(activity, *watched, *before);
    }
    return;
  }
  auto evaluation = evaluator_.evaluate(activity, *watched, learner_);
  const bool cacheable = !evaluation.passing;  // else the next one depends on when it comes
  CachedVerdict verdict{
      .slot = activity.slot, .learned = nullptr, .verdict = evaluation.verdict, .rules = {}, .alerts = {}};
  if (cacheable) {
    mark_known();
    if (evaluation.learned != nullptr && activity.kind != Key{}) {
      verdict.learned = verdicts_.intern(*evaluation.learned);
    }
  }
  for (auto& match : evaluation.found) {
    verdict.rules.push_back(match.rule->detector->rule.id);
    verdict.alerts.push_back(raiser_.raise(std::move(match), activity, watched, evaluator_));
  }
  if (watching) {
    publish(activity, *watched, verdict);
  }
  if (verdict.verdict == Verdict::learned || verdict.verdict == Verdict::quarantined) {
    verdict.verdict = Verdict::known;  // the next of its kind
    verdict.rules.clear();
  }
  if (cacheable && activity.kind != Key{}) {
    verdicts_.put(activity.kind, std::move(verdict));
  }
}

/// Whether the profile has it in quarantine is looked up: another container may have shown it since.
void Engine::publish(const Activity& activity, const WatchedContainer& watched,
                     const CachedVerdict& verdict) {
  BroadcastEvent event{activity, watched.container, verdict.verdict, verdict.rules};
  if (verdict.verdict == Verdict::known && verdict.learned) {
    const auto& behaviours = watched.profile->profile.behaviours;
    const auto at = behaviours.find(*verdict.learned);
    if (at != behaviours.end() && quarantined(at->first, at->second)) {
      event.verdict = Verdict::quarantined;
    }
  }
  evaluator_.redact(event.activity.process.argv);
  broadcaster_.publish(event);
}

/// What has repeated becomes container-minutes and higher counts of alerts.
void Engine::credit(const CachedVerdict& verdict, const Repeats& repeats) {
  Containers::State state{};
  const auto& watched = containers_.find(verdict.slot, state);
  if (verdict.learned && watched && config_.learning.learns() && watched->profile->kept) {
    auto& record = *watched->profile;
    learner_.repeat(
        record.profile, *verdict.learned,
        evaluator_.sighting(*watched, repeats.time,
                            second_of(verdict.learned->phase, repeats.since_start, record.startup.end),
                            repeats.count));
    record.change();
  }
  for (const auto& id : verdict.alerts) {
    raiser_.repeat(id, repeats.count, repeats.time);
  }
}

void Engine::drain(WallNs now) {
  std::vector<KeyCount> counts;
  if (auto read = sensor_.counts()) {
    counts = std::move(*read);
  } else {
    check(fail(read.error()), "read the kernel side's counts");
  }
  for (auto& count : counts) {
    Containers::State state{};
    if (const auto& watched = containers_.find(count.slot, state)) {
      dns_cache_.apply(count, *watched->container);
    }
  }
  if (auto* const log = input_log()) {
    counts = log->counts(std::move(counts));
  }
  for (const auto& count : counts) {
    const auto* verdict = verdicts_.find(count.kind);
    Containers::State state{};
    const auto& watched = containers_.find(verdict != nullptr ? verdict->slot : 0, state);
    if (verdict == nullptr || !watched) {
      ++totals_.unknown_counts;
      continue;
    }
    const WallNs began = watched->executed != 0 ? watched->executed : watched->started;
    verdicts_.repeat(count.kind, {count.more, count.last_seen, seconds_since(began, count.last_seen)});
  }
  verdicts_.flush();
  const bool learning = config_.learning.learns();
  for (const auto& watched : containers_.all()) {
    count_losses(*watched);
    if (learning && watched->ended == 0 && watched->profile->kept) {
      learner_.container_minute(watched->profile->profile,
                                evaluator_.sighting(*watched, now, seconds_since(watched->started, now)));
      watched->profile->change();
    }
  }
}

void Engine::count_losses(WatchedContainer& watched) {
  const auto lost = total(losses_as_logged(watched));
  auto& reported = watched.losses_reported;
  if (lost > reported && watched.profile->kept && config_.learning.learns()) {
    Learner::lost(watched.profile->profile, host_.name, lost - reported);
    watched.profile->change();
  }
  reported = std::max(reported, lost);
}

Losses Engine::losses(const WatchedContainer& watched) const {
  Losses lost = containers_.lost(watched);
  for (const Slot slot : watched.slots) {
    add(lost, sensor_.lost(slot));
  }
  return lost;
}

/// As the input log has it: what is read is an input, too.
Losses Engine::losses_as_logged(const WatchedContainer& watched) {
  auto read = losses(watched);
  auto* const log = input_log();
  return log == nullptr ? read : log->losses(watched.container->id, std::move(read));
}

}  // namespace plimsoll
