// Which pattern covers a behaviour. Looking at the examples takes ten times as long as the rest of an
// evaluation, so what was found is remembered for a while.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/core/clock.h"
#include "profiles/generalise.h"
#include "profiles/shape.h"

namespace plimsoll {

/// Of one profile. A pattern of kExamplesKept examples that was in use stays so until something is removed
/// from the profile, and gains no examples: it is remembered until forget().
class PatternSearch {
 public:
  /// The narrowest pattern in use that covers `b`, or the narrowest of those remembered; null: none, or it
  /// would be the third thousandth of this second (of `time`) to be looked for among examples. Valid until
  /// forget().
  const Covering* covering(const Profile&, const Behaviour& b, WallNs time);
  void forget() { found_.clear(); }

 private:
  /// Patterns in which the same parts vary in the same way.
  struct Varying {
    std::vector<std::string> as;  ///< for each part of the shape how it is read; empty: as it is
    std::map<Behaviour, Covering> patterns;
  };
  [[nodiscard]] const Covering* remembered(const Shape&) const;
  const Covering* remember(const Shape&, Covering);

  std::map<Behaviour, std::vector<Varying>> found_;  ///< by the shape's frame; where less varies first
  WallNs second_ = 0;                                ///< in which it was looked for last
  std::size_t searches_ = 0;                         ///< in it
};

}  // namespace plimsoll
