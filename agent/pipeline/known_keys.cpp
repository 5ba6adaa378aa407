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
  const auto [at, is_new] = map_.try_emplace(kind);
  at->second.judgement = std::move(judgement);
  if (!is_new) {
    return;
  }
  order_.push_back(kind);
  while (map_.size() > most_ && !order_.empty()) {
    if (auto oldest = map_.extract(order_.front()); !oldest.empty() && oldest.mapped().repeats.count > 0) {
      pushed_out_.push_back(std::move(oldest.mapped()));
    }
    order_.pop_front();
  }
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

template <typename Predicate>
void KnownKeys::forget_if(Predicate gone) {
  std::erase_if(map_, [&](const auto& entry) { return gone(entry.second.judgement); });
  std::erase_if(order_, [&](const Key& kind) { return !map_.contains(kind); });
}

void KnownKeys::forget_slots(const std::unordered_set<Slot>& slots) {
  forget_if([&](const Judgement& judgement) { return slots.contains(judgement.slot); });
}

void KnownKeys::forget_profile(const ProfileRecord* profile) {
  forget_if([&](const Judgement& judgement) { return judgement.watched->profile == profile; });
}

void KnownKeys::clear() {
  map_.clear();
  order_.clear();
  repeated_.clear();
  pushed_out_.clear();
}

}  // namespace plimsoll
