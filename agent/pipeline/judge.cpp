// Judging.
#include "agent/pipeline/judge.h"

#include <algorithm>
#include <utility>

#include "agent/pipeline/glob.h"
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

/// Those who learned the profile saw no names: what it knows by the class of its address is no news by its
/// name.
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

}  // namespace

AlertMode profile_rule_mode(State state, LearningMode mode, std::size_t behaviours) {
  if (state == State::too_large || state == State::locked) {
    return AlertMode::enforced;
  }
  switch (mode) {
    case LearningMode::learn:
      return AlertMode::would_be;
    case LearningMode::detect:
      return behaviours > 0 ? AlertMode::enforced : AlertMode::would_be;
    case LearningMode::automatic:
      break;
  }
  return state == State::stable ? AlertMode::enforced : AlertMode::would_be;
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

Judge::Judge(const Config& config, Host host, std::span<const Detector> detectors, Redactor redactor)
    : learning_(config.learning),
      host_(std::move(host)),
      rules_(detectors, config.rules),
      redactor_(std::move(redactor)) {}

Result<Judge> Judge::make(const Config& config, Host host, std::span<const Detector> detectors) {
  auto redactor = Redactor::make(config.alerts.redact);
  if (!redactor) {
    return fail(redactor.error().message);
  }
  return Judge(config, std::move(host), detectors, std::move(*redactor));
}

Ruling Judge::judge(Activity& activity, const Watched& watched, Learner& learner) const {
  auto& record = *watched.profile;
  auto& profile = record.profile;
  const auto& container = *watched.container;
  auto& behaviour = activity.behaviour;
  normalise(behaviour, container);

  Ruling ruling;
  if (!record.knows_names && !may_learn(record, learning_)) {
    use_class_if_known(activity, profile);
  }
  const auto at = profile.behaviours.find(behaviour);
  // What is quarantined was told of when it was first seen; it is news again once nothing more is learned.
  const bool incomplete = record.assessment.state == State::too_large;
  const bool learns = !incomplete && may_learn(record, learning_);
  const bool rollout = rolls_out(watched, activity.time) && !is_removed(profile, behaviour);
  const Expecting by{.learns = learns, .rollout = rollout, .now = activity.time};
  bool known = at != profile.behaviours.end() && expected(at->first, at->second, by);
  const Covering* covering =
      known ? nullptr : record.patterns.covering(profile, record.epoch, behaviour, activity.time);
  known = known || (covering != nullptr && expected(covering->match.pattern, covering->entry, by));
  const Moment moment{
      second_of(behaviour.phase, activity.since_start_ns / std::uint64_t{kNsPerSecond}, record.startup.end),
      record.startup.end};
  const auto other = known ? std::nullopt : in_other_phase(behaviour);
  const Covering* covering_other =
      other ? record.patterns.covering(profile, record.epoch, *other, activity.time) : nullptr;
  const bool across = other && known_across(profile, behaviour, *other, moment, by, covering_other);
  known = known || across;
  const AcrossStartup baseline(profile, moment);
  Input input{
      .activity = activity, .container = container, .baseline = baseline, .known = known, .full = incomplete};
  const auto mode = profile_rule_mode(record.assessment.state, learning_.mode, profile.behaviours.size());
  bool hard = false, enforced = false, alien = false;
  std::optional<Finding> brought;
  for (const auto& rule : rules_.rules()) {
    if (!RuleBook::applies(rule, container)) {
      continue;
    }
    const bool of_profile = rule.detector->rule.kind == RuleKind::profile;
    for (auto& finding : rule.detector->detect(input)) {
      hard = hard || !of_profile;
      const bool of_release = rollout && rule.detector->rule.of_release;
      if (of_release) {
        brought = finding;
        input.brought = &*brought;
      }
      alien = alien || !(of_release || rule.detector->rule.stands_for == StandsFor::release);
      ruling.found.push_back({.rule = &rule,
                              .finding = std::move(finding),
                              .mode = of_release   ? AlertMode::would_be
                                      : of_profile ? mode
                                                   : AlertMode::enforced,
                              .incomplete = of_profile && incomplete});
      enforced = enforced || ruling.found.back().mode == AlertMode::enforced;
    }
  }

  ruling.verdict = enforced                ? Verdict::alert
                   : !ruling.found.empty() ? Verdict::would_be
                   : input.known           ? Verdict::known
                                           : Verdict::ignored;
  if (at != profile.behaviours.end() && input.known && !across) {
    ruling.learned = &at->first;
  }
  ruling.passing = behaviour.phase == Phase::steady && (across || baseline.passing());
  // The strings of a mount are the caller's memory: what could not be read whole may have been hidden on
  // purpose.
  const bool whole = !(activity.evidence.truncated && behaviour.action() == Action::mount);
  const bool with_release = rollout && !alien;  // what another rule speaks of is no release's to bring
  if (!hard && whole && learning_.learns() && record.kept && (input.known || learns || with_release)) {
    auto seen = sighting(watched, activity.time, moment.since_start);
    seen.rollout = with_release;
    const auto entries = profile.behaviours.size();
    const Behaviour& as = across ? *other : behaviour;
    const Covering* of = across ? covering_other : covering;
    const Match* covered = of != nullptr ? &of->match : nullptr;
    const auto learned = learner.observe(profile, as, seen, covered);
    if (learned == Learned::added || learned == Learned::known) {
      record.change();
      auto own = profile.behaviours.find(as);
      if (own == profile.behaviours.end() && covered != nullptr) {
        own = profile.behaviours.find(covered->pattern);  // what repeats is the pattern's
      }
      if (own != profile.behaviours.end()) {
        ruling.learned = &own->first;
        if (profile.behaviours.size() > entries) {
          record.unsaved.insert(own->first);
        }
      }
    }
    if (learned == Learned::added) {
      ruling.verdict = Verdict::learned;
    }
  }
  return ruling;
}

Sighting Judge::sighting(const Watched& watched, WallNs time, std::uint64_t since_start,
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

bool Judge::rolls_out(const Watched& watched, WallNs time) const {
  const auto& record = *watched.profile;
  // Who is not to be told of releases is told of each of their news.
  const auto tells = [&](const ActiveRule& rule) {
    return rule.detector->rule.stands_for == StandsFor::release &&
           RuleBook::applies(rule, *watched.container);
  };
  return record.rollouts > 0 && takes_releases(record, learning_) &&
         std::ranges::any_of(rules_.rules(), tells) &&
         in_rollout(record.profile, image_of(*watched.container), record.assessment.stable_since, time);
}

Alert Judge::alert_for(Found found, const Activity& activity, const WatchedPtr& watched) const {
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
  alert.baseline.predicted_news_per_day = record.assessment.predicted_news_per_day;
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
