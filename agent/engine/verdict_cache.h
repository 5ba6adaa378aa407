// What was evaluated, so that it need not be evaluated again: by the kind of its key here, by the key itself
// in the kernel. Owner of both, and of the epochs by which verdicts are taken back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/core/event.h"
#include "agent/engine/event_broadcaster.h"
#include "agent/sensor/sensor.h"
#include "profiles/profile.h"

namespace plimsoll {

/// What became of a kind of behaviour, and so where its repeats go.
struct CachedVerdict {
  Slot slot = 0;
  /// What its repeats count for in the profile; null: nothing. The cache's own copy: the profile may change.
  std::shared_ptr<const Behaviour> learned;
  Verdict verdict = Verdict::known;  ///< of the next one
  std::vector<std::string_view> rules;
  std::vector<std::string> alerts;  ///< ids of the alerts it raised
};

/// Occurrences that were not flushed yet.
struct Repeats {
  std::uint64_t count = 0;
  WallNs time = 0;                ///< of the last
  std::uint64_t since_start = 0;  ///< seconds since the container's start, of the last
};

/// Why verdicts are taken back.
enum class Invalidation : std::uint8_t {
  assessment,  ///< the profile's state, or the end of its startup, is another
  settings,    ///< rules or learning were configured, paused or resumed
  decision,    ///< a person decided about the lineage
  reload,      ///< the profile was read again from the disk
  fleet,       ///< another host's share was joined
  pruned,      ///< old behaviours went
  retired,     ///< the whole profile went
  recording,   ///< a recording begins, which is to hold every behaviour
};

/// Holds ids and copies, no pointer into a profile: a profile may change first and be invalidated afterwards,
/// or the other way round.
class VerdictCache {
 public:
  struct Limits {
    std::size_t in_all = 131072;
    std::size_t per_slot = 16384;
  };
  struct Callbacks {
    /// Before verdicts are taken back: adds what the kernel has counted by them, with repeat(), and flushes.
    std::function<void()> drain;
    /// Where repeats go.
    std::function<void(const CachedVerdict&, const Repeats&)> repeated;
    /// Sees how each call to the sensor ended.
    std::function<void(const Result<void>&, std::string_view what)> check;
  };

  VerdictCache(Sensor& sensor, Callbacks callbacks) : VerdictCache(sensor, std::move(callbacks), Limits{}) {}
  VerdictCache(Sensor& sensor, Callbacks callbacks, Limits limits)
      : sensor_(sensor), callbacks_(std::move(callbacks)), limits_(limits) {}

  // Slots.

  /// The slot is a container's of this lineage: from now on the kernel side asks for verdicts of it.
  void admit(Slot, const Lineage&);
  /// The slots are gone, and what was cached of them.
  void forget(const std::unordered_set<Slot>&);

  // Verdicts.

  /// The copy that CachedVerdict::learned holds: one for all verdicts about the same behaviour.
  std::shared_ptr<const Behaviour> intern(const Behaviour&);
  /// Of the next of that kind. When a slot has too many, its own oldest is dropped, and when there are too
  /// many in all, one of a slot that has the most: a flood pushes out nobody else's. What is dropped is
  /// evaluated again when it is reported again; its repeats are not lost.
  void put(const Key& kind, CachedVerdict);
  /// The kernel side only counts this key from now on; it learns so with the next send().
  void mark_known(const Key& key) { marked_.push_back(key); }
  void send();

  // Repeats.

  /// More of that kind have occurred. Null when it is not cached (any more).
  const CachedVerdict* repeat(const Key& kind, const Repeats& more);
  [[nodiscard]] const CachedVerdict* find(const Key& kind) const;
  /// Hands what has been repeated since the last call to Callbacks::repeated.
  void flush();
  /// How many kinds flush() would hand on now, at most.
  [[nodiscard]] std::size_t unflushed() const { return repeated_.size() + displaced_.size(); }

  // Taking verdicts back.

  /// Every verdict about containers of the lineage is void, here and in the kernel: the next of each
  /// behaviour is evaluated. What was counted by them until now is drained first.
  void invalidate(const Lineage&, Invalidation);
  /// Of all lineages.
  void invalidate_all(Invalidation);
  /// In the kernel, of these keys alone: what they were called by is no longer so.
  void invalidate(std::span<const Key>);
  /// The lineage is no longer watched: nothing of it is kept, its epoch neither. No slot may be of it.
  void retire(const Lineage&);

  [[nodiscard]] std::size_t size() const { return map_.size(); }
  /// How often invalidate() was called, by reason.
  [[nodiscard]] const std::map<Invalidation, std::uint64_t>& invalidations() const { return invalidations_; }

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
    CachedVerdict verdict;
    Repeats repeats;
  };
  struct OfLineage {
    std::uint32_t epoch = 1;
    std::set<Slot> slots;
  };
  struct ByValue {
    using is_transparent = void;
    using Copy = std::shared_ptr<const Behaviour>;
    bool operator()(const Copy& a, const Copy& b) const { return *a < *b; }
    bool operator()(const Copy& a, const Behaviour& b) const { return *a < b; }
    bool operator()(const Behaviour& a, const Copy& b) const { return a < *b; }
  };

  void advance(OfLineage&);
  void drop_keys(Slot);
  void displace_oldest(Slot);
  [[nodiscard]] Slot crowded();

  Sensor& sensor_;
  Callbacks callbacks_;
  Limits limits_;
  std::unordered_map<Kind, Entry, Hash> map_;
  std::unordered_map<Slot, std::deque<const Kind*>> order_;  ///< keys of map_ by slot, oldest first
  std::vector<Kind> repeated_;                               ///< those with repeats
  std::vector<Entry> displaced_;                             ///< with repeats, dropped for want of space
  std::vector<Key> marked_;                                  ///< to be sent
  std::map<Lineage, OfLineage> lineages_;
  std::set<std::shared_ptr<const Behaviour>, ByValue> interned_;
  std::size_t interned_after_sweep_ = 0;
  std::map<Invalidation, std::uint64_t> invalidations_;
  Slot crowded_ = 0;       ///< the slot that had the most when it was looked for
  std::size_t crowd_ = 0;  ///< how many
};

}  // namespace plimsoll
