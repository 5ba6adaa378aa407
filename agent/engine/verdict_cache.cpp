// A bounded table of what was judged.
#include "agent/engine/verdict_cache.h"

#include <algorithm>
#include <cstring>

namespace plimsoll {

// The kernel side has hashed what the container chose with a secret key, so the bytes cannot be aimed at one
// bucket.
VerdictCache::Kind::Kind(const Key& of) : hash(0), key(of) {
  static_assert(sizeof(Key) % sizeof(std::uint64_t) == 0);
  for (std::size_t at = 0; at < key.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, &key[at], sizeof(word));
    hash = (hash ^ word) * 0x9e3779b97f4a7c15U;  // 2^64 over the golden ratio
    hash ^= hash >> 32U;
  }
}

void VerdictCache::put(const Key& kind, CachedVerdict cached) {
  const Slot slot = cached.slot;
  const auto [at, is_new] = map_.try_emplace(Kind(kind));
  at->second.cached = std::move(cached);
  if (!is_new) {
    return;
  }
  auto& own = order_[slot];
  own.push_back(&at->first);
  if (own.size() > share_) {
    push_out_oldest(slot);
  } else if (map_.size() > most_) {
    push_out_oldest(crowded());
  }
}

/// One with the most, or with half as many at least: to look for it each time would take longer than to
/// judge.
Slot VerdictCache::crowded() {
  if (const auto at = order_.find(crowded_); at != order_.end() && at->second.size() > crowd_ / 2) {
    return crowded_;
  }
  const auto most =
      std::ranges::max_element(order_, {}, [](const auto& of_slot) { return of_slot.second.size(); });
  crowded_ = most->first;
  crowd_ = most->second.size();
  return crowded_;
}

void VerdictCache::push_out_oldest(Slot slot) {
  auto& own = order_.at(slot);
  const auto oldest = map_.find(*own.front());
  own.pop_front();
  if (oldest->second.repeats.count > 0) {
    pushed_out_.push_back(std::move(oldest->second));
  }
  map_.erase(oldest);
}

const CachedVerdict* VerdictCache::repeat(const Key& key, const Repeats& more) {
  const Kind kind(key);
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
  return &at->second.cached;
}

const CachedVerdict* VerdictCache::find(const Key& kind) const {
  const auto at = map_.find(Kind(kind));
  return at == map_.end() ? nullptr : &at->second.cached;
}

void VerdictCache::forget_slots(const std::unordered_set<Slot>& slots) {
  for (const Slot slot : slots) {
    if (const auto own = order_.extract(slot); !own.empty()) {
      for (const Kind* kind : own.mapped()) {
        map_.erase(map_.find(*kind));
      }
    }
  }
}

void VerdictCache::forget_profile(const ProfileRecord* profile) {
  std::unordered_set<Slot> slots;
  for (const auto& [kind, entry] : map_) {
    if (entry.cached.watched->profile == profile) {
      slots.insert(entry.cached.slot);
    }
  }
  forget_slots(slots);
}

void VerdictCache::clear() {
  map_.clear();
  order_.clear();
  repeated_.clear();
  pushed_out_.clear();
  crowded_ = 0;
  crowd_ = 0;
}

}  // namespace plimsoll
