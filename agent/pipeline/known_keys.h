// What became of each key that was judged, so that the kernel's counts become container-minutes and repeats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/core/event.h"
#include "agent/pipeline/containers.h"

namespace plimsoll {

/// Where the repeats of a key go.
struct Judgement {
  Slot slot = 0;
  WatchedPtr watched;
  const Behaviour* learned = nullptr;  ///< a key of watched->profile's behaviours; null: none
  std::vector<std::string> alerts;     ///< ids of the alerts it raised
};

class KnownKeys {
 public:
  explicit KnownKeys(std::size_t most = 131072) : most_(most) {}

  /// The oldest is forgotten when there are too many: its later repeats are not told.
  void put(const Key&, Judgement);
  /// Null when it is not known (any more).
  Judgement* find(const Key&);
  void forget_slots(const std::unordered_set<Slot>&);
  void forget_profile(const ProfileRecord*);
  void clear();
  [[nodiscard]] std::size_t size() const { return map_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  template <typename Predicate>
  void forget_if(Predicate);

  std::size_t most_;
  std::unordered_map<Key, Judgement, Hash> map_;
  std::deque<Key> order_;  ///< by the time of judging; keys that are gone already are skipped
};

}  // namespace plimsoll
