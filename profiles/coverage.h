// How complete a profile is: what has not been seen yet, estimated from what was seen only once or twice.
//
// The sampling unit is one container-minute. Formulas and their sources: profiles/README.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/behaviour.h"
#include "agent/core/clock.h"
#include "profiles/profile.h"

namespace plimsoll {

enum class State : std::uint8_t {
  none,       ///< nothing seen of this image
  learning,   ///< more news is to be expected than is allowed
  stable,     ///< no more news is to be expected than is allowed; or the fixed time has passed
  locked,     ///< a person said that this is all
  unstable,   ///< observed for long, and still more news than is allowed
  too_large,  ///< at its limits: goes on with what is known, incomplete
  stale,      ///< not observed for so long that what it says may be out of date
};
std::string_view name(State);

/// Counts over behaviours (of one class of action, or of all), and what follows from them.
struct Coverage {
  std::uint64_t units = 0;       ///< n: container-minutes observed
  std::uint64_t singletons = 0;  ///< f1: behaviours seen in exactly one of them
  std::uint64_t doubletons = 0;  ///< f2: in exactly two
  std::uint64_t behaviours = 0;

  /// Expected number of new behaviours in one more container-minute (Good-Turing): f1 / n. 1 without units.
  [[nodiscard]] double unseen() const;
  /// How many singletons to reckon with, at 95 %: 3 where none is left.
  [[nodiscard]] double singletons_bound() const;
  /// Upper 95 % bound of unseen(); at most 1.
  [[nodiscard]] double unseen_bound() const;
  /// New behaviours in one container-day, at most (95 %). Nothing without units.
  [[nodiscard]] std::optional<double> news_per_day() const;
};

Coverage coverage(const Profile&);
/// By class of action, for the classes that the profile's learners could see.
std::map<Action, Coverage> coverage_by_class(const Profile&);

struct AssessOptions {
  double max_news_per_day = 3.0;
  WallNs stable_after_ns = 0;  ///< above 0: a fixed time decides, not the evidence
  WallNs started = 0;          ///< when the image was first watched; 0: when its first behaviour was seen
  WallNs now = 0;
  std::uint64_t replicas = 1;  ///< containers of the image that run now, for the time that is still to go
  bool locked = false;
  Limits limits;
  WallNs stale_after_ns = WallNs{30} * 24 * 3600 * kNsPerSecond;
};

struct Assessment {
  State state = State::none;
  std::string reason;  ///< one line: the state, its numbers, and what would change it
  std::optional<double> predicted_news_per_day;  ///< the upper bound
  double progress = 0;                           ///< towards stable, 0..1
  std::optional<double> container_hours_to_go;   ///< while learning by evidence
  Coverage all;
};
Assessment assess(const Profile&, const AssessOptions&);

}  // namespace plimsoll
