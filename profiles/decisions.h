// What a person decided about a lineage. It stands above what is learned, in a file of its own, and survives
// every release.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "agent/core/behaviour.h"
#include "agent/core/clock.h"
#include "agent/core/result.h"
#include "profiles/profile.h"

namespace plimsoll {

/// About one behaviour.
struct Decision {
  bool allowed = true;  ///< false: removed, never learned again
  WallNs time = 0;      ///< whole seconds; 0 when not known
  std::string alert;    ///< the id of the alert that it answers; empty if none
  bool operator==(const Decision&) const = default;
};

/// What was learned while something was wrong, and is to be learned again.
struct Forgotten {
  WallNs from = 0, until = 0;  ///< when it was first seen: from included, until not; whole seconds
  std::string host;            ///< which host saw it first; empty: any
  auto operator<=>(const Forgotten&) const = default;
};

struct Decisions {
  Lineage lineage;
  bool locked = false;   ///< what is known is all
  WallNs locked_at = 0;  ///< whole seconds; 0 when not known
  std::map<Behaviour, Decision> behaviours;
  std::set<Forgotten> forgotten;
  bool operator==(const Decisions&) const = default;
};

/// When something was last forgotten; 0: never.
WallNs forgotten_at(const Decisions&);

/// Makes the profile what was decided: the allowed is in it, the removed and the forgotten is not, and it is
/// not stable since before something was forgotten. What is allowed is not forgotten. The decisions' lineage
/// is not looked at.
struct Applied {
  std::size_t added = 0, taken_out = 0;  ///< of what is known; what was allowed before is not added
};
Applied apply(const Decisions&, Profile&);

/// 16 hex digits that name a behaviour to people and on the command line.
std::string id_of(const Behaviour&);

/// TOML, sorted, the same bytes for the same decisions; profiles/README.md shows it.
std::string to_toml(const Decisions&);
/// The inverse, as strict as profile_from_toml().
Result<Decisions> decisions_from_toml(std::string_view text, std::string_view source);

}  // namespace plimsoll
