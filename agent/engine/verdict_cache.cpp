// A bounded table of verdicts, and the kernel's share of it.
#include "agent/engine/verdict_cache.h"

#include <algorithm>
#include <cstring>
#include <utility>

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

void VerdictCache::admit(Slot slot, const Lineage& lineage) {
  auto& of_lineage = lineages_[lineage];
  of_lineage.slots.insert(slot);
  callbacks_.check(sensor_.name(slot, of_lineage.epoch), "name a container's slot");
}

void VerdictCache::forget(const std::unordered_set<Slot>& slots) {
  for (const Slot slot : slots) {
    drop_keys(slot);
  }
  for (auto& [lineage, of_lineage] : lineages_) {
    std::erase_if(of_lineage.slots, [&](Slot slot) { return slots.contains(slot); });
  }
  for (const Slot slot : slots) {
    callbacks_.check(sensor_.forget(slot), "forget a slot");
  }
}

std::shared_ptr<const Behaviour> VerdictCache::intern(const Behaviour& behaviour) {
  if (const auto at = interned_.find(behaviour); at != interned_.end()) {
    return *at;
  }
  constexpr std::size_t kSweepAfter = 1024;
  if (interned_.size() > 2 * interned_after_sweep_ + kSweepAfter) {
    std::erase_if(interned_, [](const auto& one) { return one.use_count() == 1; });
    interned_after_sweep_ = interned_.size();
  }
  return *interned_.insert(std::make_shared<const Behaviour>(behaviour)).first;
}

void VerdictCache::put(const Key& kind, CachedVerdict verdict) {
  const Slot slot = verdict.slot;
  const auto [at, is_new] = map_.try_emplace(Kind(kind));
  at->second.verdict = std::move(verdict);
  if (!is_new) {
    return;
  }
  auto& own = order_[slot];
  own.push_back(&at->first);
  if (own.size() > limits_.per_slot) {
    displace_oldest(slot);
  } else if (map_.size() > limits_.in_all) {
    displace_oldest(crowded());
  }
}

void VerdictCache::send() {
  if (!marked_.empty()) {
    callbacks_.check(sensor_.set_known(marked_), "send verdicts to the kernel side");
    marked_.clear();
  }
}

/// One with the most, or with half as many at least: to look for it each time would take longer than to
/// evaluate.
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

void VerdictCache::displace_oldest(Slot slot) {
  auto& own = order_.at(slot);
  const auto oldest = map_.find(*own.front());
  own.pop_front();
  if (oldest->second.repeats.count > 0) {
    displaced_.push_back(std::move(oldest->second));
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
  return &at->second.verdict;
}

const CachedVerdict* VerdictCache::find(const Key& kind) const {
  const auto at = map_.find(Kind(kind));
  return at == map_.end() ? nullptr : &at->second.verdict;
}

void VerdictCache::flush() {
  for (const Kind& kind : repeated_) {
    if (const auto at = map_.find(kind); at != map_.end() && at->second.repeats.count > 0) {
      callbacks_.repeated(at->second.verdict, std::exchange(at->second.repeats, {}));
    }
  }
  repeated_.clear();
  for (const Entry& entry : displaced_) {
    callbacks_.repeated(entry.verdict, entry.repeats);
  }
  displaced_.clear();
}

void VerdictCache::drop_keys(Slot slot) {
  if (const auto own = order_.extract(slot); !own.empty()) {
    for (const Kind* kind : own.mapped()) {
      map_.erase(map_.find(*kind));
    }
  }
}

void VerdictCache::advance(OfLineage& of_lineage) {
  ++of_lineage.epoch;
  for (const Slot slot : of_lineage.slots) {
    drop_keys(slot);
    callbacks_.check(sensor_.set_epoch(slot, of_lineage.epoch), "invalidate the verdicts of a profile");
  }
}

void VerdictCache::invalidate(const Lineage& lineage, Invalidation why) {
  callbacks_.drain();
  ++invalidations_[why];
  if (const auto at = lineages_.find(lineage); at != lineages_.end()) {
    advance(at->second);
  }
}

void VerdictCache::invalidate_all(Invalidation why) {
  callbacks_.drain();
  ++invalidations_[why];
  for (auto& [lineage, of_lineage] : lineages_) {
    advance(of_lineage);
  }
}

void VerdictCache::invalidate(std::span<const Key> keys) {
  if (!keys.empty()) {
    std::erase_if(marked_, [&](const Key& key) { return std::ranges::find(keys, key) != keys.end(); });
    callbacks_.check(sensor_.forget_verdicts(keys), "invalidate the verdicts about an address");
  }
}

void VerdictCache::retire(const Lineage& lineage) {
  ++invalidations_[Invalidation::retired];
  lineages_.erase(lineage);
}

}  // namespace plimsoll
