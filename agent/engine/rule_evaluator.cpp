// Judging.
#include "agent/engine/rule_evaluator.h"

#include <algorithm>
#include <utility>

#include "agent/engine/glob.h"
#include "profiles/generalise.h"
#include "profiles/normalise.h"
#include "profiles/release.h"

namespace plimsoll {

namespace {

bool excluded(const ProfileRecord& record, const Config::Learning& learning) {
  return std::ranges::any_of(learning.exclude, [&](const std::string& pattern) {
    return matches(pattern, record.profile.lineage.repository);
  });
}

/// Where the profile was learned without DNS names, what it knows by the class of an address is not new by
/// its name.
void use_class_if_known(Activity& activity, const Profile& profile) {
  const auto* connect = std::get_if<ConnectObject>(&activity.behaviour.object);
  if (connect == nullptr || !is_name(connect->dest) || !activity.evidence.address) {
    return;
  }
  auto by_class = activity.behaviour;
  std::get<ConnectObject>(by_class.object).dest = destination_class(*activity.evidence.address);
  if (profile.behaviours.contains(by_class)) {
    activity.behaviour = std::move(by_class);
  }
}

/// Where an activity's behaviour stands in the profile.
struct Known {
  bool known = false;
  const Behaviour* key = nullptr;      ///< the profile's own, when it has it
  const Covering* covering = nullptr;  ///< the pattern that covers it, when it was looked for
  std::optional<Behaviour> across;     ///< it is known as this, in the other phase
};

Known look_up(ProfileRecord& record, const Activity& activity, const Expecting& by, const Moment& moment) {
  const auto& behaviour = activity.behaviour;
  const auto& behaviours = record.profile.behaviours;
  const auto covering = [&](const Behaviour& b) {
    return record.patterns.covering(record.profile, b, activity.time);
  };
  Known out;
  const auto at = behaviours.find(behaviour);
  if (at != behaviours.end()) {
    out.key = &at->first;
    // What is quarantined was reported when it was first seen; it is new again once nothing more is learned.
    out.known = expected(at->first, at->second, by);
  }
  if (out.known) {
    return out;
  }
  out.covering = covering(behaviour);
  out.known = out.covering != nullptr && expected(out.covering->match.pattern, out.covering->entry, by);
  auto other = out.known ? std::nullopt : in_other_phase(behaviour);
  if (!other) {
    return out;
  }
  const Covering* covering_other = covering(*other);
  if (known_across(record.profile, behaviour, *other, moment, by, covering_other)) {
    out.known = true;
    out.covering = covering_other;
    out.across = std::move(other);
  }
  return out;
}

}  // namespace

AlertMode profile_rule_mode(State state, LearningMode mode, std::size_t behaviours) {
  if (state == State::too_large || state == State::locked) {
    return AlertMode::active;
  }
  switch (mode) {
    case LearningMode::learn:
      return AlertMode::shadow;
    case LearningMode::detect:
      return behaviours > 0 ? AlertMode::active : AlertMode::shadow;
    case LearningMode::automatic:
      break;
  }
  return state == State::stable ? AlertMode::active : AlertMode::shadow;
}

bool may_learn(const ProfileRecord& record, const Config::Learning& learning) {
  if (!record.kept || !learning.learns() || record.decisions.locked ||
      record.assessment.state == State::locked) {
    return false;
  }
  if (learning.mode == LearningMode::automatic && record.assessment.state == State::stable) {
    return false;
  }
  return !excluded(record, learning);
}

bool takes_releases(const ProfileRecord& record, const Config::Learning& learning) {
  return record.kept && learning.learns() && learning.mode == LearningMode::automatic &&
         record.assessment.state == State::stable && !record.decisions.locked && !excluded(record, learning);
}

RuleEvaluator::RuleEvaluator(const Config& config, Host host, std::span<const Detector> detectors,
                             Redactor redactor)
    : learning_(config.learning),
      host_(std::move(host)),
      rules_(detectors, config.rules),
      redactor_(std::move(redactor)) {}

Result<RuleEvaluator> RuleEvaluator::make(const Config& config, Host host,
                                          std::span<const Detector> detectors) {
  auto redactor = Redactor::make(config.alerts.redact);
  if (!redactor) {
    return fail(redactor.error());
  }
  return RuleEvaluator(config, std::move(host), detectors, std::move(*redactor));
}

Evaluation RuleEvaluator::evaluate(Activity& activity, const WatchedContainer& watched,
                                   Learner& learner) const {
  auto& record = *watched.profile;
  auto& behaviour = activity.behaviour;
  normalise(behaviour, *watched.container);
  const bool may = may_learn(record, learning_);
  if (!record.knows_names && !may) {
    use_class_if_known(activity, record.profile);
  }

  const bool full = record.assessment.state == State::too_large;
  const bool rollout = rolls_out(watched, activity.time) && !is_removed(record.profile, behaviour);
  const Expecting by{.learns = may && !full, .rollout = rollout, .now = activity.time};
  const Moment moment{
      second_of(behaviour.phase, activity.since_start_ns / std::uint64_t{kNsPerSecond}, record.startup.end),
      record.startup.end};
  const auto known = look_up(record, activity, by, moment);
  const AcrossStartup baseline(record.profile, moment);
  const Input input{.activity = activity,
                    .container = *watched.container,
                    .baseline = baseline,
                    .known = known.known,
                    .full = full};
  auto results = apply_rules(input, rollout, record);

  Evaluation evaluation;
  evaluation.verdict = results.active           ? Verdict::alert
                       : !results.found.empty() ? Verdict::shadow
                       : known.known            ? Verdict::known
                                                : Verdict::ignored;
  evaluation.found = std::move(results.found);
  evaluation.learned = known.known && !known.across ? known.key : nullptr;
  evaluation.passing = behaviour.phase == Phase::steady && (known.across || baseline.passing());
  // The strings of a mount are the caller's memory: what could not be read whole may have been hidden on
  // purpose.
  const bool whole = !(activity.evidence.truncated && behaviour.action() == Action::mount);
  const bool of_release = rollout && !results.foreign;  // what another rule reports is not part of a release
  if (!results.hard && whole && learning_.learns() && record.kept &&
      (known.known || by.learns || of_release)) {
    auto seen = sighting(watched, activity.time, moment.since_start);
    seen.rollout = of_release;
    learn(evaluation, record, known.across ? *known.across : behaviour, known.covering, seen, learner);
  }
  return evaluation;
}

RuleEvaluator::RuleResults RuleEvaluator::apply_rules(Input input, bool rollout,
                                                      const ProfileRecord& record) const {
  const auto mode =
      profile_rule_mode(record.assessment.state, learning_.mode, record.profile.behaviours.size());
  RuleResults results;
  std::optional<Finding> brought;
  for (const auto& active : rules_.rules()) {
    if (!RuleSet::applies(active, input.container)) {
      continue;
    }
    const Rule& rule = active.detector->rule;
    const bool of_profile = rule.kind == RuleKind::profile;
    const bool of_release = rollout && rule.of_release;
    for (auto& finding : active.detector->detect(input)) {
      results.hard = results.hard || !of_profile;
      results.foreign = results.foreign || !(of_release || rule.stands_for == StandsFor::release);
      if (of_release) {
        brought = finding;
        input.brought = &*brought;
      }
      results.found.push_back({.rule = &active,
                               .finding = std::move(finding),
                               .mode = of_release   ? AlertMode::shadow
                                       : of_profile ? mode
                                                    : AlertMode::active,
                               .incomplete = of_profile && input.full});
      results.active = results.active || results.found.back().mode == AlertMode::active;
    }
  }
  return results;
}

void RuleEvaluator::learn(Evaluation& evaluation, ProfileRecord& record, const Behaviour& behaviour,
                          const Covering* covering, const Sighting& seen, Learner& learner) {
  auto& profile = record.profile;
  const auto entries = profile.behaviours.size();
  const Match* covered = covering != nullptr ? &covering->match : nullptr;
  const auto learned = learner.observe(profile, behaviour, seen, covered);
  if (learned == Learned::added) {
    evaluation.verdict = Verdict::learned;
  }
  if (learned != Learned::added && learned != Learned::known) {
    return;
  }
  record.change();
  auto own = profile.behaviours.find(behaviour);
  if (own == profile.behaviours.end() && covered != nullptr) {
    own = profile.behaviours.find(covered->pattern);  // what repeats is the pattern's
  }
  if (own == profile.behaviours.end()) {
    return;
  }
  evaluation.learned = &own->first;
  if ((evaluation.verdict == Verdict::learned || evaluation.verdict == Verdict::known) &&
      quarantined(own->first, own->second)) {
    evaluation.verdict = Verdict::quarantined;
  }
  if (profile.behaviours.size() > entries) {
    record.unsaved.insert(own->first);
  }
}

Sighting RuleEvaluator::sighting(const WatchedContainer& watched, WallNs time, std::uint64_t since_start,
                                 std::uint64_t count) const {
  return {.container = watched.container->id,
          .host = host_.name,
          .image = image_of(*watched.container),
          .time = std::max(time, watched.profile->forgotten_at),
          .since_start = since_start,
          .count = count,
          .peers = may_learn(*watched.profile, learning_) || rolls_out(watched, time)
                       ? watched.profile->running
                       : 0,
          .life = watched.started};
}

bool RuleEvaluator::rolls_out(const WatchedContainer& watched, WallNs time) const {
  const auto& record = *watched.profile;
  // Where the release rule is off, each new behaviour of a release is reported by itself.
  const auto tells = [&](const ActiveRule& rule) {
    return rule.detector->rule.stands_for == StandsFor::release && RuleSet::applies(rule, *watched.container);
  };
  return record.rollouts > 0 && takes_releases(record, learning_) &&
         std::ranges::any_of(rules_.rules(), tells) &&
         in_rollout(record.profile, image_of(*watched.container), record.assessment.stable_since, time);
}

Alert RuleEvaluator::alert_for(RuleMatch found, const Activity& activity,
                               const WatchedContainerPtr& watched) const {
  const auto& record = *watched->profile;
  const auto& rule = *found.rule;
  Alert alert;
  alert.time = activity.time;
  alert.severity =
      rule.config.severity.value_or(found.finding.severity.value_or(rule.detector->rule.severity));
  alert.rule = rule.detector->rule;
  alert.mode = found.mode;
  alert.incomplete = found.incomplete;
  alert.stands_for = rule.detector->rule.stands_for;
  alert.finding = std::move(found.finding);
  alert.host = host_;
  alert.container = watched->container;
  alert.process = activity.process;
  redactor_.apply(alert.process.argv);
  alert.behaviour = activity.behaviour;
  alert.baseline.state = std::string(name(record.assessment.state));
  alert.baseline.predicted_new_behaviours_per_day = record.assessment.predicted_new_behaviours_per_day;
  if (auto like = nearest(record.profile, activity.behaviour)) {
    alert.baseline.nearest = std::move(like->behaviour);
    alert.baseline.differs = std::move(like->differs);
    if (alert.baseline.differs == std::vector<std::string>{"phase"} &&
        of_a_run(alert.baseline.nearest->phase) && of_a_run(alert.behaviour.phase)) {
      alert.finding.evidence["startup"] = describe(record.startup);
    }
  }
  return alert;
}

}  // namespace plimsoll
