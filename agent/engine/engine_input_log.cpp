// What changes the engine, to a tape and from one.
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

InputLog* Engine::tape() {
  if (input_log_ && input_log_->ended()) {
    input_log_.reset();
  }
  return input_log_.get();
}

bool Engine::record(std::shared_ptr<InputLog> new_log, WallNs now) {
  if (tape() != nullptr || new_log->ended()) {
    return false;
  }
  drain_before_forgetting(now);
  // What a replay cannot know begins anew here, too.
  keys_.clear();
  learner_ = Learner();
  rate_ = AlertRate();
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
  for (const auto& [lineage, record] : registry_.all()) {
    record->unassessed = true;
    record->prunable = 0;
    record->patterns = {};
    invalidate(*record, 0);
  }
  assessed_ = 0;
  retired_ = now;
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

void Engine::note_appeared(const Containers::Resolved& settled, WallNs now) {
  if (auto* const t = tape(); t != nullptr && settled.watched) {
    for (const Slot slot : settled.slots) {
      note_slot(*t, slot, now, false);
    }
  }
}

void Engine::play(const capture::Appeared& appeared) {
  const CgroupHint hint{.cgroup = cgroup_of(appeared.slot), .path = "", .creator_cwd = ""};
  containers_.adopted(appeared.slot, hint, appeared.started);
  auto slot = containers_.resolve(appeared.slot, std::make_shared<const Container>(appeared.container));
  if (slot.appeared) {
    introduce(*slot.watched, appeared.now, !appeared.before);
    slot.watched->losses_reported = appeared.lost_reported;
    if (appeared.before) {
      learner_.resume(appeared.container.id, appeared.started, seconds_since(appeared.started, appeared.now));
    }
  }
  settled(std::move(slot), true);
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
