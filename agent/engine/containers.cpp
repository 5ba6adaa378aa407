// The life of a slot.
#include "agent/engine/containers.h"

#include <algorithm>
#include <iterator>

namespace plimsoll {
namespace {

/// About what an event takes in memory: its strings come from the container and differ in size.
std::size_t footprint(const Activity& activity) {
  std::size_t bytes = sizeof(Activity) + activity.process.exe.size() + activity.process.cwd.size() +
                      activity.evidence.filename.size() + activity.behaviour.actor.size();
  for (const auto& argument : activity.process.argv) {
    bytes += sizeof(std::string) + argument.size();
  }
  for (const auto& ancestor : activity.process.ancestors) {
    bytes += sizeof(Ancestor) + ancestor.exe.size();
  }
  return bytes;
}

}  // namespace

Containers::Entry& Containers::entry(Slot slot, WallNs now) {
  const auto [at, is_new] = slots_.try_emplace(slot);
  if (is_new) {
    at->second.since = now;
    ++pending_;
  }
  return at->second;
}

std::vector<Containers::ResolveRequest> Containers::made(const CgroupMade& cgroup, Resolved& settled) {
  auto& self = entry(cgroup.slot, cgroup.time);
  if (self.announced) {
    return {};
  }
  self.announced = true;
  self.since = cgroup.time;
  self.hint = {.cgroup = cgroup.cgroup,
               .path = cgroup.path,
               .creator_cwd = cgroup.creator_cwd,
               .creator_comm = cgroup.creator_comm,
               .creator_pid = cgroup.creator_pid};
  if (const auto parent = slots_.find(cgroup.parent_slot);
      cgroup.parent_slot != 0 && parent != slots_.end()) {
    if (parent->second.state == State::pending) {
      self.waits_for = cgroup.parent_slot;
      return {};
    }
    if (parent->second.state == State::container) {
      settled.watched = parent->second.watched;
      resolve_tree(cgroup.slot, settled.watched, settled);
      return {};
    }
  }
  return {{cgroup.slot, self.hint}};
}

std::vector<Containers::ResolveRequest> Containers::adopted(Slot slot, const CgroupHint& hint,
                                                            WallNs started) {
  auto& self = entry(slot, started);
  if (self.announced) {
    return {};
  }
  self.announced = true;
  self.since = started;
  self.hint = hint;
  return {{slot, hint}};
}

Containers::Resolved Containers::resolve(Slot slot, const ContainerPtr& container) {
  Resolved out;
  const auto at = slots_.find(slot);
  if (at == slots_.end() || at->second.state != State::pending) {
    return out;
  }
  if (container != nullptr) {
    auto& known = by_id_[{container->runtime, container->id}];
    // Started again, with its first cgroup gone: another life, though the id is the same.
    if (known == nullptr || known->ended != 0) {
      known = std::make_shared<WatchedContainer>();
      known->container = container;
      known->started = at->second.since;
      out.appeared = true;
    }
    out.watched = known;
  }
  resolve_tree(slot, out.watched, out);
  std::ranges::stable_sort(out.released, {}, &Activity::time);
  return out;
}

void Containers::resolve_tree(Slot slot, const WatchedContainerPtr& watched, Resolved& out) {
  auto& self = slots_.at(slot);
  self.state = watched ? State::container : State::host;
  self.watched = watched;
  --pending_;
  out.slots.push_back(slot);
  if (watched) {
    watched->slots.push_back(slot);
    note_end(*watched);
    std::ranges::move(self.held, std::back_inserter(out.released));
  } else {
    for (const auto& activity : self.held) {
      ++host_[activity.hook];
    }
  }
  release(self);
  std::vector<Slot> nested;
  for (auto& [other, entry] : slots_) {
    if (entry.waits_for == slot && entry.state == State::pending) {
      nested.push_back(other);
    }
  }
  std::ranges::sort(nested);
  for (const Slot child : nested) {
    slots_.at(child).waits_for = 0;
    if (watched) {
      resolve_tree(child, watched, out);
    } else {
      out.ask.push_back({child, slots_.at(child).hint});
    }
  }
}

void Containers::release(Entry& self) {
  held_ -= self.held.size();
  held_bytes_ -= self.held_bytes;
  self.held_bytes = 0;
  self.held.clear();
  self.held.shrink_to_fit();
}

std::vector<Containers::ResolveRequest> Containers::removed(const CgroupRemoved& cgroup) {
  auto& self = entry(cgroup.slot, cgroup.time);
  const bool unheard_of = !std::exchange(self.announced, true);
  if (unheard_of) {
    self.hint = {.cgroup = cgroup.cgroup, .path = cgroup.path};
  }
  // A nested cgroup shares its container's slot: only the slot's own cgroup ends it.
  if (self.hint.cgroup == cgroup.cgroup) {
    self.removed = cgroup.time;
    if (self.watched) {
      note_end(*self.watched);
    }
  }
  return unheard_of ? std::vector<ResolveRequest>{{cgroup.slot, self.hint}} : std::vector<ResolveRequest>{};
}

void Containers::departed(Slot slot) {
  if (const auto at = slots_.find(slot); at != slots_.end()) {
    at->second.departed = true;
  }
}

void Containers::note_end(WatchedContainer& watched) const {
  WallNs end = 0;
  for (const Slot slot : watched.slots) {
    const auto removed = slots_.at(slot).removed;
    if (removed == 0) {
      watched.ended = 0;
      return;
    }
    end = std::max(end, removed);
  }
  watched.ended = end;
}

Containers::Passed Containers::pass(WallNs now) {
  Passed out;
  for (auto at = slots_.begin(); at != slots_.end();) {
    auto& [slot, self] = *at;
    const bool orphan = !self.announced && now - self.since > limits_.orphans;
    const WallNs kept = self.departed ? limits_.departed : limits_.late_events;
    const bool late = self.removed != 0 && now - self.removed > kept && self.state != State::pending;
    if (!orphan && !late) {
      ++at;
      continue;
    }
    if (orphan) {
      for (const auto& activity : self.held) {
        lose(self, activity.hook, "no_cgroup");
      }
      release(self);
      --pending_;
    }
    if (self.watched) {
      add(self.watched->lost_before, self.lost);
      std::erase(self.watched->slots, slot);
      if (self.watched->slots.empty()) {
        const auto known = by_id_.find({self.watched->container->runtime, self.watched->container->id});
        if (known != by_id_.end() && known->second == self.watched) {  // else it has started again
          by_id_.erase(known);
        }
        out.ended.push_back(self.watched);
      }
    }
    out.gone.push_back({slot, self.watched});
    at = slots_.erase(at);
  }
  return out;
}

const WatchedContainerPtr& Containers::find(Slot slot, State& state) const {
  static const WatchedContainerPtr kNone;
  const auto at = slots_.find(slot);
  state = at == slots_.end() ? State::pending : at->second.state;
  return at == slots_.end() ? kNone : at->second.watched;
}

void Containers::lose(Entry& self, const std::string& hook, const char* reason) {
  ++self.lost[reason];
  ++lost_[{hook, reason}];
}

void Containers::hold(Activity&& activity) {
  auto& self = entry(activity.slot, activity.time);
  const auto bytes = footprint(activity);
  if (self.held.size() >= limits_.events_per_slot || held_ >= limits_.events_in_all ||
      held_bytes_ + bytes > limits_.bytes_in_all) {
    lose(self, activity.hook, "pending_full");
    return;
  }
  ++held_;
  held_bytes_ += bytes;
  self.held_bytes += bytes;
  self.held.push_back(std::move(activity));
}

bool Containers::ends(const CgroupRemoved& cgroup) const {
  const auto at = slots_.find(cgroup.slot);
  return at != slots_.end() && at->second.watched && at->second.hint.cgroup == cgroup.cgroup;
}

std::vector<Slot> Containers::named() const {
  std::vector<Slot> out;
  for (const auto& [slot, self] : slots_) {
    if (self.watched) {
      out.push_back(slot);
    }
  }
  // As their containers began: of two lives of one container the second comes second.
  std::ranges::sort(out, {}, [&](Slot slot) { return std::pair{slots_.at(slot).watched->started, slot}; });
  return out;
}

bool Containers::knows(CgroupId cgroup) const {
  return std::ranges::any_of(slots_, [&](const auto& slot) { return slot.second.hint.cgroup == cgroup; });
}

std::vector<WatchedContainerPtr> Containers::all() const {
  std::vector<WatchedContainerPtr> out;
  out.reserve(by_id_.size());
  for (const auto& [id, watched] : by_id_) {
    out.push_back(watched);
  }
  return out;
}

std::set<const ProfileRecord*> Containers::profiles() const {
  std::set<const ProfileRecord*> out;
  for (const auto& [id, watched] : by_id_) {
    out.insert(watched->profile);
  }
  for (const auto& [slot, entry] : slots_) {
    if (entry.watched) {
      out.insert(entry.watched->profile);
    }
  }
  return out;
}

Losses Containers::lost(const WatchedContainer& watched) const {
  Losses sum = watched.lost_before;
  for (const Slot slot : watched.slots) {
    if (const auto at = slots_.find(slot); at != slots_.end()) {
      add(sum, at->second.lost);
    }
  }
  return sum;
}

}  // namespace plimsoll
