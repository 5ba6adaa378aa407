// A bounded table of judged keys.
#include "agent/pipeline/known_keys.h"

#include <string_view>

namespace plimsoll {

// The kernel side has hashed what the container chose with a secret key, so the bytes cannot be aimed at one
// bucket.
std::size_t KnownKeys::Hash::operator()(const Key& key) const noexcept {
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(key.data()), key.size()});
}

void KnownKeys::put(const Key& key, Judgement judgement) {
  const auto [at, is_new] = map_.try_emplace(key);
  at->second = std::move(judgement);
  if (!is_new) {
    return;
  }
  order_.push_back(at->first);
  while (map_.size() > most_ && !order_.empty()) {
    map_.erase(order_.front());
    order_.pop_front();
  }
}

Judgement* KnownKeys::find(const Key& key) {
  const auto at = map_.find(key);
  return at == map_.end() ? nullptr : &at->second;
}

template <typename Predicate>
void KnownKeys::forget_if(Predicate gone) {
  std::erase_if(map_, [&](const auto& entry) { return gone(entry.second); });
  std::erase_if(order_, [&](const Key& key) { return !map_.contains(key); });
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
}

}  // namespace plimsoll
