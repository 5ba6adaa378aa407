// What time and people bring: ticks, settings, decisions, other hosts' profiles.
#include <iterator>
#include <unordered_set>
#include <utility>

#include "agent/config/reload.h"
#include "agent/engine/engine.h"
#include "profiles/toml_codec.h"

namespace plimsoll {

void Engine::tick(WallNs now) {
  log_input([&] { return capture::Tick{now}; });
  ticked_ = now;
  verdicts_.flush();
  verdicts_.invalidate(dns_cache_.expire(now));
  if (const auto passed = containers_.pass(now); !passed.gone.empty()) {
    forget(passed);
  }
  upkeep_.tick(now);
  if (save_names_.due(now)) {
    save_names();
  }
  raiser_.send_due(now);
}

/// What has changed; what was only used goes with it.
void Engine::save_names() {
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
    raiser_.forget(watched->container->id);
  }
  dns_cache_.forget(slots);
  verdicts_.forget(slots);
}

void Engine::drain_counts(WallNs now) {
  log_input([&] { return capture::Drain{now}; });
  drain(now);
}

void Engine::finish(WallNs now) {
  log_input([&] { return capture::Finish{now}; });
  drain(now);
  raiser_.send_due(now);
  upkeep_.save_all(now);
  save_names();
}

Result<void> Engine::configure(const Config& config) {
  log_input([&] { return capture::Configured{to_toml(config)}; });
  Config with = config;
  with.learning.paused = config_.learning.paused;
  return put_in_effect(with);
}

Result<void> Engine::pause_learning(bool paused) {
  log_input([&] { return capture::Paused{paused}; });
  Config with = config_;
  with.learning.paused = paused;
  return put_in_effect(with);
}

Result<void> Engine::put_in_effect(const Config& config) {
  verdicts_.invalidate_all(Invalidation::settings);  // what was done until now counts by the old settings
  auto evaluator = RuleEvaluator::make(config, host_, detectors_);
  if (!evaluator) {
    return fail(evaluator.error());
  }
  evaluator_ = std::move(*evaluator);
  config_.learning.paused = config.learning.paused;
  take_reloaded(config, config_);
  for (const auto& watched : containers_.all()) {
    if (may_learn(*watched->profile, config_.learning)) {
      note_classes(*watched->profile);
    }
  }
  upkeep_.assess_soon();
  return {};
}

void Engine::reload(ProfileRegistry::DiskState disk) {
  log_input([] { return capture::Broken{"the profiles were read again from the disk"}; });
  verdicts_.invalidate_all(Invalidation::reload);
  for (auto* record : registry_.reload(std::move(disk))) {
    if (may_learn(*record, config_.learning)) {
      note_classes(*record);
    }
  }
  upkeep_.assess_soon();
}

void Engine::decide(Decisions decisions) {
  log_input([&] { return capture::Decided{to_toml(decisions)}; });
  verdicts_.invalidate(decisions.lineage,
                       Invalidation::decision);  // what was counted until now is evidence of before
  if (auto* record = registry_.decide(std::move(decisions))) {
    upkeep_.assess(*record, ticked_.value_or(0));
  }
}

std::optional<std::size_t> Engine::join(Profile profile) {
  if (config_.learning.paused) {
    return std::nullopt;
  }
  log_input([&] { return capture::Joined{to_toml(profile)}; });
  const auto joined = registry_.join(std::move(profile));
  if (joined.record == nullptr) {
    return 0;
  }
  if (joined.changed) {
    verdicts_.invalidate(joined.record->profile.lineage, Invalidation::fleet);
  }
  upkeep_.assess(*joined.record, ticked_.value_or(0));
  return joined.added;
}

}  // namespace plimsoll
