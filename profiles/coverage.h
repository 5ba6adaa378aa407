// How complete a profile is: what has not been seen yet, estimated from what was seen only once or twice.
//
// The sampling unit is one container-minute, and once more five of them. Formulas and their sources:
// profiles/README.md.
#pragma once

#include <cstdint>
#include <map>

#include "agent/core/behaviour.h"
#include "profiles/profile.h"

namespace plimsoll {

class Generalised;

/// How many behaviours were seen in how few units.
struct Incidence {
  std::uint64_t units = 0;       ///< n: observed
  std::uint64_t singletons = 0;  ///< f1: behaviours seen in exactly one of them
  std::uint64_t doubletons = 0;  ///< f2: in exactly two

  /// Expected number of behaviours in one more unit that none had before (Good-Turing): f1 / n. 1 without
  /// units.
  [[nodiscard]] double unseen() const;
  /// How many singletons to reckon with, at 95 %: 3 where none is left.
  [[nodiscard]] double singletons_bound() const;
  /// Upper 95 % bound of unseen(); at most 1.
  [[nodiscard]] double unseen_bound() const;
};

/// Of one class of action, or of all.
struct Coverage {
  Incidence minutes, five_minutes;
  std::uint64_t behaviours = 0;  ///< those that are believed: the others count nowhere else either
  std::uint64_t quarantined = 0;

  /// How many there are, those not seen yet included, at least (Chao2).
  [[nodiscard]] double richness() const;
  /// How many singletons to reckon with, by whichever of the two units shows more.
  [[nodiscard]] double singletons_bound() const;
};

/// Of all behaviours together.
Coverage coverage(const Generalised&);
Coverage coverage(const Profile&);
/// By class of action: those that the profile's learners could see, and those it has behaviours of.
std::map<Action, Coverage> coverage_by_class(const Generalised&);
std::map<Action, Coverage> coverage_by_class(const Profile&);

/// How long an image has been watched, as far as what happened in it tells of what will.
struct Observed {
  double days = 0;   ///< container-days; for a job, days from its first run to its last if that is more
  bool job = false;  ///< its containers live for a few minutes
  std::uint64_t lifetimes = 0;  ///< containers begun
  double quiet = 0;             ///< seconds since a behaviour was last seen for the first time
  double period = 0;            ///< seconds: the longest time after which something was seen to come back
};
Observed observed(const Generalised&);
Observed observed(const Profile&);

}  // namespace plimsoll
