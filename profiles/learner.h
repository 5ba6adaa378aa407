// Learning: applies what was seen to a profile, and counts each container-minute once.
//
// A container-minute is one container in one minute of its life (seconds since its start / 60, rounded down):
// a job that lives for less is one, its run. A behaviour seen a hundred times in one container-minute counts
// one minute and a hundred occurrences. Units of five minutes are counted beside it, likewise.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/core/clock.h"
#include "profiles/generalise.h"
#include "profiles/profile.h"

namespace plimsoll {

/// Where something was seen, and when.
struct Sighting {
  std::string_view container;  ///< container id
  std::string_view host;
  std::string_view image;         ///< the generation
  WallNs time = 0;                ///< when it happened (for repeats: last)
  std::uint64_t since_start = 0;  ///< seconds since the container's start, at `time`
  std::uint64_t count = 1;        ///< how many occurrences this stands for
  bool rollout = false;           ///< `image` is a release in rollout: what is new came with it
  std::uint64_t peers = 0;        ///< containers of the lineage that run at the time, itself included
  WallNs life = 0;                ///< when the container started: one that is started again has another life
};

enum class Learned : std::uint8_t {
  added,    ///< it was new, and is now part of the profile
  known,    ///< it was part of it already, or a pattern in use covers it
  removed,  ///< a person removed it: not learned
  full,     ///< the profile has reached its limits: not learned
};

/// Which behaviour may be learned at all is the caller's to decide. What is kept to tell minutes apart is
/// bounded, for each container and in all; beyond that minutes are missed, never counted twice, so that a
/// flood makes a profile look less complete and not more. Not thread-safe.
class Learner {
 public:
  explicit Learner(Limits limits = {}) : limits_(limits) {}

  /// A behaviour arrived with all its details. Counts the container's minute as well. What a pattern in use
  /// covers is kept as one of its examples, or, where there are enough, counts as the pattern's.
  /// `covered`: by what, as the caller has found; null: by none.
  Learned observe(Profile&, const Behaviour&, const Sighting&, const Match* covered);
  Learned observe(Profile&, const Behaviour&, const Sighting&);
  /// `count` more occurrences of a behaviour, as the kernel's counts tell; read them at least once a minute,
  /// or minutes are missed. Adds nothing to a profile that does not have the behaviour (any more); false
  /// then.
  bool repeat(Profile&, const Behaviour&, const Sighting&);
  /// A container's life began at `time`: one lifetime, however often this is called.
  static void container_started(Profile&, std::string_view container, std::string_view host, WallNs time);
  /// A container was alive and watched: one unit a minute, however often it is called.
  void container_minute(Profile&, const Sighting&);
  /// Events of this image's containers were lost on `host`.
  static void lost(Profile&, std::string_view host, std::uint64_t events);

  /// The container was watched before, until this second of its life: the units that it is in count as
  /// counted, for all that it does.
  void resume(std::string_view container, WallNs life, std::uint64_t since_start);

  /// A container's life is over; what was kept to tell its minutes apart is dropped.
  void forget(std::string_view container, WallNs life = 0);

 private:
  struct Window {
    std::int64_t counted = -1;  ///< the container's own last unit
    std::int64_t resumed = -1;  ///< likewise of each behaviour that is not in `minutes`
    std::unordered_map<std::uint64_t, std::int64_t>
        minutes;  ///< of its life; the last one counted, by hash of the behaviour
  };

  struct Units {
    bool minute = false, five_minutes = false;
  };
  Units new_units(Window&, const Behaviour&, std::int64_t minute);
  void begin(Profile&, const Behaviour&, const Sighting&);
  void observe_in_place(Profile&, const Behaviour& pattern, const Behaviour&, const Sighting&);
  void count_in(Entry&, const Behaviour&, const Sighting&);
  void prune();

  Limits limits_;
  std::unordered_map<std::string, Window> windows_;  ///< by life
  std::size_t tracked_ = 0;                          ///< entries of all windows
  std::int64_t newest_ = 0;                          ///< the latest minute heard of, of the wall clock
  std::int64_t pruned_at_ = -1;                      ///< pruning happens at most once a minute
};

}  // namespace plimsoll
