#include "agent/engine/profile_upkeep.h"

#include <string>
#include <tuple>
#include <utility>

#include "agent/engine/rule_evaluator.h"
#include "profiles/release.h"
#include "profiles/retire.h"

namespace plimsoll {
namespace {

constexpr WallNs kSaveEvery = 30 * kNsPerSecond;
constexpr WallNs kSaveEveryAtFirst = 5 * kNsPerSecond;  // a newcomer looks at the file at once
constexpr WallNs kAtFirst = 300 * kNsPerSecond;

std::string profile_of(const ProfileRecord& record) {
  return "profile of " + record.profile.lineage.repository + ": ";
}

}  // namespace

void ProfileUpkeep::tick(WallNs now) {
  if (started_ == 0) {
    started_ = now;
    retire_.defer(now);  // what runs is not known yet
  }
  note_running();
  retire(now);
  const bool all = assess_all_.due(now);
  for (const auto& [lineage, record] : parts_.registry.all()) {
    prune(*record, now);
    if (all || record->unassessed) {
      assess(*record, now);
    }
  }
  save(now, now - (now - started_ < kAtFirst ? kSaveEveryAtFirst : kSaveEvery));
}

void ProfileUpkeep::note_running() {
  for (const auto& [lineage, record] : parts_.registry.all()) {
    record->running = 0;
  }
  for (const auto& watched : parts_.containers.all()) {
    watched->profile->running += watched->ended == 0 ? 1 : 0;
  }
  for (const auto& [lineage, record] : parts_.registry.all()) {
    const bool running = record->running > 0;
    if (std::exchange(record->reported_running, running) != running && record->kept && parts_.out.running) {
      parts_.out.running(lineage, running);
    }
  }
}

// Verdicts depend on whether the profile learns, on whether its rules are active, on its releases and on
// where its startup ends.
void ProfileUpkeep::assess(ProfileRecord& record, WallNs now) {
  const auto before = record.assessment.state;
  const auto verdicts_depend_on = [&] {
    const auto entries = record.profile.behaviours.size();
    return std::tuple(may_learn(record, parts_.learning),
                      profile_rule_mode(record.assessment.state, parts_.learning.mode, entries),
                      record.rollouts, record.startup.end);
  };
  const auto as_it_was = verdicts_depend_on();
  const auto startup_end = record.startup.end;
  parts_.registry.assess(record, parts_.learning, now);
  record.rollouts = rollouts(record.profile, record.assessment.stable_since, now);
  if (before != State::none && verdicts_depend_on() != as_it_was) {
    parts_.verdicts.invalidate(record.profile.lineage, Invalidation::assessment);
  }
  if (record.startup.end != startup_end) {
    move_startup(record);
  }
  if (record.assessment.state != before && before != State::none) {
    parts_.log(LogLevel::info, profile_of(record) + record.assessment.reason);
  }
}

/// Containers that are still in startup get the new end; the others stay steady.
void ProfileUpkeep::move_startup(const ProfileRecord& record) {
  if (record.startup.by != Startup::By::setting) {
    parts_.log(LogLevel::info,
               "startup of " + record.profile.lineage.repository + " " + describe(record.startup));
  }
  for (const auto& watched : parts_.containers.all()) {
    if (watched->profile == &record) {
      for (const Slot slot : watched->slots) {
        parts_.set_startup(slot, record.startup.end);
      }
    }
  }
}

/// Takes out what no image has shown for long.
void ProfileUpkeep::prune(ProfileRecord& record, WallNs now) {
  if (!parts_.learning.learns() || record.decisions.locked || !record.prune.due(now)) {
    return;
  }
  const auto old = prunable(record.profile);
  plimsoll::prune(record.profile, old);
  if (old.empty()) {
    return;
  }
  record.change();
  record.patterns.forget();
  parts_.verdicts.invalidate(record.profile.lineage, Invalidation::pruned);
  parts_.log(LogLevel::info,
             profile_of(record) + std::to_string(old.size()) +
                 " behaviours were pruned: no image has shown them for 30 days, or a pattern has more "
                 "examples than are kept");
}

/// Profiles of images that nothing runs any more go, with their files. Use is noted first, learned from or
/// not.
void ProfileUpkeep::retire(WallNs now) {
  if (!retire_.due(now)) {
    return;
  }
  for (const auto& watched : parts_.containers.all()) {
    if (watched->ended == 0) {
      ProfileRegistry::note_use(*watched->profile, *watched->container, now);
    }
  }
  if (!parts_.learning.learns() || parts_.learning.retire_after_ns == 0) {
    return;
  }
  const auto in_use = parts_.containers.profiles();  // of containers that ended, too, while they have a slot
  for (const auto& lineage : parts_.registry.unused(parts_.host, now, parts_.learning.retire_after_ns)) {
    if (in_use.contains(parts_.registry.all().at(lineage).get())) {
      continue;
    }
    parts_.verdicts.retire(lineage);
    parts_.registry.erase(lineage);
    if (parts_.out.remove) {
      parts_.out.remove(lineage);
    }
    parts_.log(LogLevel::info, "profile of " + lineage.repository +
                                   ": retired, and its file removed: no container was seen for longer than "
                                   "learning.retire_after");
  }
}

void ProfileUpkeep::save(WallNs now, WallNs handed_before) {
  for (auto& profile : parts_.registry.take_dirty(now, handed_before)) {
    parts_.out.save(std::move(profile));
  }
}

void ProfileUpkeep::restart(WallNs now) {
  for (const auto& [lineage, record] : parts_.registry.all()) {
    record->unassessed = true;
    record->prune.soon();
    record->patterns = {};
  }
  assess_all_.soon();
  retire_.defer(now);
}

}  // namespace plimsoll
