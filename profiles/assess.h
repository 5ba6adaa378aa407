// What state a profile is in, and why.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/clock.h"
#include "agent/core/names.h"
#include "profiles/coverage.h"

namespace plimsoll {

enum class State : std::uint8_t {
  none,       ///< nothing seen of this image
  learning,   ///< more new behaviours is to be expected than is allowed
  stable,     ///< no more new behaviours is to be expected than is allowed; or the fixed time has passed
  locked,     ///< a person said that this is all
  unstable,   ///< observed for long, and still more new behaviours than is allowed
  too_large,  ///< at its limits: goes on with what is known, incomplete
  stale,      ///< not observed for so long that what it says may be out of date
};
template <>
inline constexpr auto kNamesOf<State> =
    names({"none", "learning", "stable", "locked", "unstable", "too_large", "stale"});

struct AssessOptions {
  double max_new_behaviours_per_day = 3.0;
  WallNs stable_after_ns = 0;  ///< above 0: a fixed time decides, not the evidence
  WallNs started = 0;          ///< when the image was first watched; 0: when its first behaviour was seen
  WallNs now = 0;
  std::uint64_t replicas = 1;  ///< containers of the image that run now, for the time that is still to go
  WallNs forgotten_at = 0;     ///< when a person last had something forgotten: since then it is learned again
  bool locked = false;
  Limits limits;
  WallNs stale_after_ns = WallNs{30} * 24 * 3600 * kNsPerSecond;
};

/// What one class of action promises.
struct ClassForecast {
  Coverage coverage;
  double per_day = 0;  ///< new behaviours in an image's day, at most (95 %)
};

struct Assessment {
  State state = State::none;
  std::string reason;  ///< one line: the state, its numbers, and what would change it
  std::optional<double>
      predicted_new_behaviours_per_day;         ///< the upper bound, of the class that has the most
  double progress = 0;                          ///< towards stable, 0..1
  WallNs stable_since = 0;                      ///< when it became so; 0: it is not
  std::optional<double> container_hours_to_go;  ///< while learning by evidence; for a job, hours
  Coverage all;
  std::map<Action, ClassForecast> classes;
  Observed observed;
};
/// By evidence, a profile that was stable before (Profile::stable_since) is so while its prediction holds:
/// what is known and comes back late does not make it learn again.
Assessment assess(const Profile&, const AssessOptions&);

}  // namespace plimsoll
