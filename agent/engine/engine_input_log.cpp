// What changes the engine, to an input log and from one.
#include <algorithm>
#include <utility>

#include "agent/engine/engine.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

/// In a capture a slot has one cgroup, of which only that is known.
CgroupId cgroup_of(Slot slot) {
  return {0, slot};
}

}  // namespace

InputLog* Engine::input_log() {
  if (input_log_ && input_log_->ended()) {
    input_log_.reset();
  }
  return input_log_.get();
}

bool Engine::record(std::shared_ptr<InputLog> new_log, WallNs now) {
  if (input_log() != nullptr || new_log->ended()) {
    return false;
  }
  now = std::max(now, ticked_.value_or(now));  // it may have been asked for before the last tick
  verdicts_.invalidate_all(Invalidation::recording);
  // What a replay cannot know begins again, here too.
  learner_ = Learner();
  raiser_.restart_rates();
  for (const auto& watched : containers_.all()) {
    watched->executed = 0;
    learner_.resume(watched->container->id, watched->started, seconds_since(watched->started, now));
  }
  auto& to = *new_log;
  to.input(capture::Begin{.version = capture::kVersion,
                          .time = now,
                          .host = host_,
                          .config = to_toml(config_),
                          .paused = config_.learning.paused,
                          .classes = classes_});
  for (const auto& [lineage, record] : registry_.all()) {
    if (record->kept) {
      to.input(capture::Baseline{to_toml(record->profile)});
    }
  }
  for (const auto& [lineage, decisions] : registry_.decisions()) {
    to.input(capture::Decided{to_toml(decisions)});
  }
  for (const Slot slot : containers_.named()) {
    note_slot(to, slot, now, true);
  }
  input_log_ = std::move(new_log);
  upkeep_.restart(now);
  tick(now);
  return true;
}

void Engine::note_slot(InputLog& to, Slot slot, WallNs now, bool before) const {
  Containers::State state{};
  const WatchedContainer& watched = *containers_.find(slot, state);
  to.input(capture::Appeared{slot, watched.started, now, before, before ? watched.losses_reported : 0,
                             *watched.container});
  if (const auto removed = containers_.removed_at(slot); removed != 0) {
    to.input(capture::Removed{slot, removed});
  }
  if (containers_.has_departed(slot)) {
    to.input(capture::Departed{slot});
  }
}

void Engine::note_appeared(const Containers::Resolved& resolved, WallNs now) {
  if (auto* const log = input_log(); log != nullptr && resolved.watched) {
    for (const Slot slot : resolved.slots) {
      note_slot(*log, slot, now, false);
    }
  }
}

void Engine::play(const capture::Appeared& appeared) {
  const CgroupHint hint{.cgroup = cgroup_of(appeared.slot), .path = "", .creator_cwd = ""};
  containers_.adopted(appeared.slot, hint, appeared.started);
  auto resolved = containers_.resolve(appeared.slot, std::make_shared<const Container>(appeared.container));
  if (resolved.appeared) {
    introduce(*resolved.watched, appeared.now, !appeared.before);
    resolved.watched->losses_reported = appeared.lost_reported;
    if (appeared.before) {
      learner_.resume(appeared.container.id, appeared.started, seconds_since(appeared.started, appeared.now));
    }
  }
  complete(std::move(resolved), true);
}

bool Engine::knows(Slot slot) const {
  Containers::State state{};
  return containers_.find(slot, state) != nullptr;
}

void Engine::play(capture::Acted&& acted) {
  acted.activity.kind = capture::key_of(acted.kind);
  on_activity(std::move(acted.activity));
}

void Engine::play(const capture::Removed& removed) {
  on_removed({.time = removed.time, .slot = removed.slot, .cgroup = cgroup_of(removed.slot), .path = ""});
}

void Engine::play(const capture::Departed& departed) {
  containers_.departed(departed.slot);
}

}  // namespace plimsoll
