// What time brings: counts, losses, assessments, saving, forgetting.
#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "agent/config/reload.h"
#include "agent/engine/engine.h"
#include "profiles/release.h"
#include "profiles/retire.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

constexpr WallNs kSaveEvery = 30 * kNsPerSecond;
constexpr WallNs kSaveEveryAtFirst = 5 * kNsPerSecond;  // a newcomer looks at the file at once
constexpr WallNs kAtFirst = 300 * kNsPerSecond;
constexpr WallNs kAssessAllEvery = 10 * kNsPerSecond;
constexpr WallNs kSaveNamesEvery = 60 * kNsPerSecond;
constexpr WallNs kRetireEvery = 3600 * kNsPerSecond;
constexpr WallNs kPruneEvery = 3600 * kNsPerSecond;

}  // namespace

void Engine::tick(WallNs now) {
  if (auto* const t = tape()) {
    t->input(capture::Tick{now});
  }
  if (started_ == 0) {
    started_ = now;
    retired_ = now;  // what runs is not known yet
  }
  ticked_ = now;
  flush_repeats();
  invalidate(dns_cache_.expire(now));
  if (const auto passed = containers_.pass(now); !passed.gone.empty()) {
    forget(passed);
  }
  for (const auto& [lineage, record] : registry_.all()) {
    record->running = 0;
  }
  for (const auto& watched : containers_.all()) {
    watched->profile->running += watched->ended == 0 ? 1 : 0;
  }
  for (const auto& [lineage, record] : registry_.all()) {
    const bool running = record->running > 0;
    if (std::exchange(record->reported_running, running) != running && record->kept && out_.running) {
      out_.running(lineage, running);
    }
  }
  retire(now);
  const bool all = now - assessed_ >= kAssessAllEvery;
  for (const auto& [lineage, record] : registry_.all()) {
    prune(*record, now);
    if (all || record->unassessed) {
      assess(*record, now);
    }
  }
  if (all) {
    assessed_ = now;
  }
  save_dirty(now, now - (now - started_ < kAtFirst ? kSaveEveryAtFirst : kSaveEvery));
  if (now - names_saved_at_ >= kSaveNamesEvery) {
    save_names(now);
  }
  for (const auto& alert : alerts_.due(now)) {
    out_.alert(alert);
  }
}

/// What has changed; what was only used goes with it.
void Engine::save_names(WallNs now) {
  names_saved_at_ = now;
  if (std::exchange(names_saved_, dns_cache_.changes()) == dns_cache_.changes() || !out_.save_names) {
    return;
  }
  SavedDnsNames all;
  for (const auto& watched : containers_.all()) {
    for (const Slot slot : watched->slots) {
      auto kept = dns_cache_.kept(slot);
      auto& of_container = all[watched->container->id];
      of_container.insert(of_container.end(), std::make_move_iterator(kept.begin()),
                          std::make_move_iterator(kept.end()));
    }
  }
  out_.save_names(std::move(all));
}

void Engine::forget(const Containers::Passed& passed) {
  std::unordered_set<Slot> slots;
  for (const auto& [slot, watched] : passed.gone) {
    slots.insert(slot);
    if (watched) {
      add(watched->lost_before, sensor_.lost(slot));
    }
  }
  for (const auto& watched : passed.ended) {
    count_losses(*watched);
    learner_.forget(watched->container->id, watched->started);
    rate_.forget(watched->container->id);
  }
  keys_.forget_slots(slots);
  dns_cache_.forget(slots);
  for (const Slot slot : slots) {
    check(sensor_.forget(slot), "forget a slot");
  }
}

// What is judged once for all depends on whether its profile learns and enforces: when that changes, verdicts
// are void.
void Engine::assess(ProfileRecord& record, WallNs now) {
  const auto before = record.assessment.state;
  const auto ruling = [&] {
    const auto entries = record.profile.behaviours.size();
    return std::pair(may_learn(record, config_.learning),
                     profile_rule_mode(record.assessment.state, config_.learning.mode, entries));
  };
  const auto ruled = ruling();
  const auto startup_end = record.startup.end;
  registry_.assess(record, config_.learning, now);
  const auto rolling_out =
      std::exchange(record.rollouts, rollouts(record.profile, record.assessment.stable_since, now));
  const bool moved = record.startup.end != startup_end;
  if (before != State::none && (ruling() != ruled || record.rollouts != rolling_out || moved)) {
    invalidate(record, now);
  }
  if (moved) {
    set_startup(record);
  }
  if (record.assessment.state != before && before != State::none) {
    out_.log(LogLevel::info,
             "profile of " + record.profile.lineage.repository + ": " + record.assessment.reason);
  }
}

/// Of its containers those that are in it still are told; the others stay steady.
void Engine::set_startup(const ProfileRecord& record) {
  if (record.startup.by != Startup::By::setting) {
    out_.log(LogLevel::info,
             "startup of " + record.profile.lineage.repository + " " + describe(record.startup));
  }
  for (const auto& watched : containers_.all()) {
    if (watched->profile != &record) {
      continue;
    }
    for (const Slot slot : watched->slots) {
      check(sensor_.set_startup(slot, record.startup.end), "say where a container's startup ends");
    }
  }
}

/// What no image shows any more goes, and what the kernel side knows of it.
void Engine::prune(ProfileRecord& record, WallNs now) {
  if (now - record.prunable < kPruneEvery || !config_.learning.learns() || record.decisions.locked) {
    return;
  }
  record.prunable = now;
  const auto old = prunable(record.profile);
  if (!old.empty()) {
    flush_repeats();
    keys_.forget_profile(&record);  // keys point at behaviours
  }
  plimsoll::prune(record.profile, old);
  if (!old.empty()) {
    out_.log(LogLevel::info, "profile of " + record.profile.lineage.repository + ": " +
                                 std::to_string(old.size()) +
                                 " behaviours that no image has shown for 30 days, or that are more examples "
                                 "of a pattern than are kept, are forgotten");
    record.change();
    invalidate(record, 0);
  }
}

/// What nobody runs any more goes, with its file. What is in use is noted first, learned from or not.
void Engine::retire(WallNs now) {
  if (now - retired_ < kRetireEvery) {
    return;
  }
  retired_ = now;
  for (const auto& watched : containers_.all()) {
    if (watched->ended == 0) {
      ProfileRegistry::note_use(*watched->profile, *watched->container, now);
    }
  }
  if (!config_.learning.learns() || config_.learning.retire_after_ns == 0) {
    return;
  }
  const auto in_use = containers_.profiles();  // one that has ended is still told of
  for (const auto& lineage : registry_.unused(host_.name, now, config_.learning.retire_after_ns)) {
    const auto* record = registry_.all().at(lineage).get();
    if (in_use.contains(record)) {
      continue;
    }
    keys_.forget_profile(record);
    registry_.erase(lineage);
    if (out_.remove) {
      out_.remove(lineage);
    }
    out_.log(LogLevel::info, "profile of " + lineage.repository +
                                 ": no container was seen for longer than learning.retire_after: it is "
                                 "retired, and its file removed");
  }
}

void Engine::save_dirty(WallNs now, WallNs before) {
  for (auto& profile : registry_.take_dirty(now, before)) {
    out_.save(std::move(profile));
  }
}

void Engine::drain_counts(WallNs now) {
  if (auto* const t = tape()) {
    t->input(capture::Drain{now});
  }
  drain(now);
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
  if (auto* const t = tape()) {
    counts = t->counts(std::move(counts));
  }
  const bool learning = config_.learning.learns();
  for (const auto& count : counts) {
    const auto* cached = keys_.find(count.kind);
    if (cached == nullptr) {
      ++totals_.unknown_counts;
      continue;
    }
    const WatchedContainer& watched = *cached->watched;
    const WallNs began = watched.executed != 0 ? watched.executed : watched.started;
    keys_.repeat(count.kind, {count.more, count.last_seen, seconds_since(began, count.last_seen)});
  }
  flush_repeats();
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
  const auto lost = total(losses_for_all(watched));
  auto& told = watched.losses_reported;
  if (lost > told && watched.profile->kept && config_.learning.learns()) {
    Learner::lost(watched.profile->profile, host_.name, lost - told);
    watched.profile->change();
  }
  told = std::max(told, lost);
}

void Engine::finish(WallNs now) {
  if (auto* const t = tape()) {
    t->input(capture::Finish{now});
  }
  drain(now);
  for (const auto& alert : alerts_.due(now)) {
    out_.alert(alert);
  }
  save_dirty(now, now);
  save_names(now);
}

Result<void> Engine::configure(const Config& config) {
  if (auto* const t = tape()) {
    t->input(capture::Configured{to_toml(config)});
  }
  Config with = config;
  with.learning.paused = config_.learning.paused;
  return put_in_effect(with);
}

Result<void> Engine::pause_learning(bool paused) {
  if (auto* const t = tape()) {
    t->input(capture::Paused{paused});
  }
  Config with = config_;
  with.learning.paused = paused;
  return put_in_effect(with);
}

Result<void> Engine::put_in_effect(const Config& config) {
  drain_before_forgetting(ticked_);  // what was done until now counts by the old settings
  auto evaluate = RuleEvaluator::make(config, host_, detectors_);
  if (!evaluate) {
    return fail(evaluate.error());
  }
  evaluator_ = std::move(*evaluate);
  config_.learning.paused = config.learning.paused;
  take_reloaded(config, config_);
  for (const auto& watched : containers_.all()) {
    if (may_learn(*watched->profile, config_.learning)) {
      note_classes(*watched->profile);
    }
  }
  for (const auto& [lineage, record] : registry_.all()) {
    invalidate(*record, ticked_);
  }
  assessed_ = 0;
  return {};
}

void Engine::drain_before_forgetting(WallNs now) {
  flush_repeats();
  if (now != 0) {
    drain(now);
  }
}

void Engine::invalidate(ProfileRecord& record, WallNs now) {
  drain_before_forgetting(now);
  keys_.forget_profile(&record);
  ++record.epoch;
  for (const auto& watched : containers_.all()) {
    if (watched->profile == &record) {
      for (const Slot slot : watched->slots) {
        check(sensor_.set_epoch(slot, record.epoch), "have a profile's behaviours evaluated again");
      }
    }
  }
}

void Engine::reload(ProfileRegistry::DiskState disk) {
  if (auto* const t = tape()) {
    t->input(capture::Broken{"the profiles were read again from the disk"});
  }
  // Keys point at behaviours of the profiles, and those are about to be replaced.
  drain_before_forgetting(ticked_);
  keys_.clear();
  for (auto* record : registry_.reload(std::move(disk))) {
    if (may_learn(*record, config_.learning)) {
      note_classes(*record);
    }
  }
  for (const auto& [lineage, record] : registry_.all()) {
    invalidate(*record, 0);
  }
  assessed_ = 0;
}

void Engine::decide(Decisions decisions) {
  if (auto* const t = tape()) {
    t->input(capture::Decided{to_toml(decisions)});
  }
  drain_before_forgetting(ticked_);
  if (const auto at = registry_.all().find(decisions.lineage); at != registry_.all().end()) {
    keys_.forget_profile(at->second.get());  // keys point at behaviours that may be taken out
  }
  if (auto* record = registry_.decide(std::move(decisions))) {
    invalidate(*record, 0);
    assess(*record, ticked_);
  }
}

std::optional<std::size_t> Engine::join(Profile profile) {
  if (config_.learning.paused) {
    return std::nullopt;
  }
  if (auto* const t = tape()) {
    t->input(capture::Joined{to_toml(profile)});
  }
  const auto at = registry_.all().find(profile.lineage);
  const bool removes =
      at != registry_.all().end() && std::ranges::any_of(profile.tombstones, [&](const auto& b) {
        const auto& ours = at->second->profile;
        return ours.behaviours.contains(b) || (b.pattern && !ours.tombstones.contains(b));
      });
  if (removes) {
    drain_before_forgetting(ticked_);
    keys_.forget_profile(at->second.get());  // keys point at behaviours that are about to be taken out
  }
  const auto joined = registry_.join(std::move(profile));
  if (joined.record == nullptr) {
    return 0;
  }
  if (joined.changed) {
    invalidate(*joined.record, removes ? 0 : ticked_);
  }
  assess(*joined.record, ticked_);
  return joined.added;
}

EngineReport Engine::report() const {
  EngineReport out;
  out.totals = totals_;
  out.pending = containers_.pending();
  out.held = containers_.held();
  out.learning_paused = config_.learning.paused;
  out.lost = containers_.lost();
  out.host = containers_.host();
  out.names = dns_cache_.counts();
  for (const auto& watched : containers_.all()) {
    const auto& record = *watched->profile;
    out.containers.push_back({watched->container, watched->started, watched->ended == 0, record.assessment,
                              record.profile.behaviours.size(), watched->judged, watched->alerts,
                              losses(*watched)});
  }
  for (const auto& [lineage, record] : registry_.all()) {
    if (!record->kept) {
      continue;
    }
    ++out.profiles_by_state[std::string(name(record->assessment.state))];
    out.quarantined += record->assessment.all.quarantined;
    if (const auto fresh = record->assessment.predicted_new_behaviours_per_day) {
      auto& most = out.new_behaviours_per_day[std::string(labels_.label(lineage.repository))];
      most = std::max(most, *fresh);
    }
  }
  return out;
}

std::vector<ProfileReport> Engine::profiles() const {
  std::vector<ProfileReport> out;
  for (const auto& [lineage, record] : registry_.all()) {
    if (!record->kept) {
      continue;
    }
    ProfileReport one{record->profile, record->assessment, record->startup,
                      total(record->profile.shares).minutes, 0};
    for (const auto& [host, lost] : record->profile.lost) {
      one.lost += lost;
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace plimsoll
