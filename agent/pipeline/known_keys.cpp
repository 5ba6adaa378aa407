// A bounded table of what was judged.
#include "agent/pipeline/known_keys.h"

#include <algorithm>
#include <string_view>

namespace plimsoll {

// The kernel side has hashed what the container chose with a secret key, so the bytes cannot be aimed at one
// bucket.
std::size_t KnownKeys::Hash::operator()(const Key& key) const noexcept {
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(key.data()), key.size()});
}

void KnownKeys::put(const Key& kind, Judgement judgement) {
  const Slot slot = judgement.slot;
  const auto [at, is_new] = map_.try_emplace(kind);
  at->second.judgement = std::move(judgement);
  if (!is_new) {
    return;
  }
  auto& own = order_[slot];
  own.push_back(&at->first);
  if (own.size() > share_ || map_.size() > most_) {
    push_out_oldest(slot);
  }
}

void KnownKeys::push_out_oldest(Slot slot) {
  auto& own = order_.at(slot);
  const auto oldest = map_.find(*own.front());
  own.pop_front();
  if (oldest->second.repeats.count > 0) {
    pushed_out_.push_back(std::move(oldest->second));
  }
  map_.erase(oldest);
}

const Judgement* KnownKeys::repeat(const Key& kind, const Repeats& more) {
  const auto at = map_.find(kind);
  if (at == map_.end()) {
    return nullptr;
  }
  auto& repeats = at->second.repeats;
  if (repeats.count == 0) {
    repeated_.push_back(kind);
  }
  repeats.count += more.count;
  repeats.time = std::max(repeats.time, more.time);
  repeats.since_start = std::max(repeats.since_start, more.since_start);
  return &at->second.judgement;
}

const Judgement* KnownKeys::find(const Key& kind) const {
  const auto at = map_.find(kind);
  return at == map_.end() ? nullptr : &at->second.judgement;
}

void KnownKeys::forget_slots(const std::unordered_set<Slot>& slots) {
  for (const Slot slot : slots) {
    if (const auto own = order_.extract(slot); !own.empty()) {
      for (const Key* kind : own.mapped()) {
        map_.erase(map_.find(*kind));
      }
    }
  }
}

void KnownKeys::forget_profile(const ProfileRecord* profile) {
  std::unordered_set<Slot> slots;
  for (const auto& [kind, entry] : map_) {
    if (entry.judgement.watched->profile == profile) {
      slots.insert(entry.judgement.slot);
    }
  }
  forget_slots(slots);
}

void KnownKeys::clear() {
  map_.clear();
  order_.clear();
  repeated_.clear();
  pushed_out_.clear();
}

}  // namespace plimsoll
