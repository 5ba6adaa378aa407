// What has been judged, by the kind of its key: so that what the kernel side counts, and what it tells again,
// need not be evaluated again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/core/event.h"
#include "agent/engine/containers.h"
#include "agent/engine/event_broadcaster.h"

namespace plimsoll {

/// Where repeats go.
struct CachedVerdict {
  Slot slot = 0;
  WatchedContainerPtr watched;
  const Behaviour* learned = nullptr;  ///< a key of watched->profile's behaviours; null: none
  Verdict verdict = Verdict::known;    ///< of the next one
  std::vector<std::string_view> rules;
  std::vector<std::string> alerts;  ///< ids of the alerts it raised
};

/// Occurrences that have not been handed on yet.
struct Repeats {
  std::uint64_t count = 0;
  WallNs time = 0;                ///< of the last
  std::uint64_t since_start = 0;  ///< seconds since the container's start, of the last
};

class VerdictCache {
 public:
  /// `share`: of `most`, what a slot may have.
  explicit VerdictCache(std::size_t most = 131072, std::size_t share = 16384) : most_(most), share_(share) {}

  /// When a slot has too many, its own oldest is forgotten, and when there are too many in all, one of a slot
  /// that has the most: so a flood pushes out nobody else's. What is forgotten is judged again when it is
  /// told again; its repeats are not.
  void put(const Key& kind, CachedVerdict);
  /// One more of that kind has occurred. Null when it is not known (any more).
  const CachedVerdict* repeat(const Key& kind, const Repeats& more);
  [[nodiscard]] const CachedVerdict* find(const Key& kind) const;
  /// Hands on what has been repeated since the last call: settle(const Judgement&, const Repeats&). Before
  /// anything is forgotten.
  template <typename Flush>
  void flush(Flush flush);
  /// How many kinds settle() would hand on now, at most.
  [[nodiscard]] std::size_t unflushed() const { return repeated_.size() + pushed_out_.size(); }
  void forget_slots(const std::unordered_set<Slot>&);
  void forget_profile(const ProfileRecord*);
  void clear();
  [[nodiscard]] std::size_t size() const { return map_.size(); }

 private:
  /// With its hash, which is asked for more often than it can be had for nothing.
  struct Kind {
    explicit Kind(const Key&);
    bool operator==(const Kind&) const = default;
    std::size_t hash;
    Key key;
  };
  struct Hash {
    std::size_t operator()(const Kind& kind) const noexcept { return kind.hash; }
  };
  struct Entry {
    CachedVerdict cached;
    Repeats repeats;
  };
  void push_out_oldest(Slot);
  [[nodiscard]] Slot crowded();

  std::size_t most_, share_;
  std::unordered_map<Kind, Entry, Hash> map_;
  std::unordered_map<Slot, std::deque<const Kind*>> order_;  ///< keys of map_ by slot, by the time of judging
  std::vector<Kind> repeated_;                               ///< those with repeats
  std::vector<Entry> pushed_out_;                            ///< with repeats, for want of room
  Slot crowded_ = 0;       ///< the slot that had the most when it was looked for
  std::size_t crowd_ = 0;  ///< how many
};

template <typename Flush>
void VerdictCache::flush(Flush flush) {
  for (const Kind& kind : repeated_) {
    if (const auto at = map_.find(kind); at != map_.end() && at->second.repeats.count > 0) {
      flush(std::as_const(at->second.cached), std::exchange(at->second.repeats, {}));
    }
  }
  repeated_.clear();
  for (const Entry& entry : std::exchange(pushed_out_, {})) {
    flush(entry.cached, entry.repeats);
  }
}

}  // namespace plimsoll
