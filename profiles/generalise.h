// Patterns: many behaviours that differ only in a part that is random each time, known as one.
//
// A pattern follows from its examples, which are ordinary behaviours of the profile. It is in use while
// enough of them stand there, so that whatever adds or removes examples (a merge, a person, time) needs to
// know nothing of patterns, and a join stays a join. What is seen in a pattern's place besides has an entry
// under the pattern, with evidence of its own.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "profiles/profile.h"

namespace plimsoll {

/// So many different texts must stand in each place that varies before a pattern is used.
constexpr std::size_t kExamplesNeeded = 5;
/// So many examples of one pattern are learned, and kept when what is old goes (profiles/retire.h): some
/// more, so that it outlives that a person removes a few.
constexpr std::size_t kExamplesKept = 12;

/// The narrowest pattern in use that covers `b`, or none. What a person allowed is in use without examples,
/// what a person removed never is.
struct Match {
  Behaviour pattern;
  std::size_t examples = 0;  ///< how many it has
};
std::optional<Match> match(const Profile&, const Behaviour& b);
std::optional<Behaviour> pattern_for(const Profile&, const Behaviour& b);

/// Likewise, with all that is known of it: its own evidence and that of its examples.
struct Covering {
  Match match;
  Entry entry;
};
std::optional<Covering> covering(const Profile&, const Behaviour& b);

/// It is part of what is expected, itself or by a pattern.
bool is_known(const Profile&, const Behaviour& b);

/// A person removed `b`, or a pattern that covers it.
bool is_removed(const Profile&, const Behaviour& b);
/// What was removed is no behaviour of the profile any more.
void take_out_removed(Profile&);

using KnownBehaviour = std::pair<const Behaviour, Entry>;

struct PatternInUse {
  Entry entry;                                  ///< its own, and its examples'
  std::vector<const KnownBehaviour*> examples;  ///< of the profile, in its order
  /// How many different ones were seen, examples among them: exact below 32, then about +-18 %.
  double distinct = 0;
};

/// Of a pattern's examples kExamplesKept, or as many more as it takes to justify it. Whoever chooses takes
/// the same.
std::set<const KnownBehaviour*> to_keep(const Behaviour& pattern, const std::vector<const KnownBehaviour*>&);

/// A profile as behaviours are compared with it: patterns, and what no pattern covers. Refers to the profile.
class Generalised {
 public:
  explicit Generalised(const Profile&);

  [[nodiscard]] const std::map<Behaviour, PatternInUse>& patterns() const { return patterns_; }
  /// A pattern that the behaviour of the profile is an example of; null: none.
  [[nodiscard]] const Behaviour* pattern_of(const Behaviour&) const;

  [[nodiscard]] const Profile& profile() const { return *profile_; }

  /// Calls each(const Behaviour&, const Entry&): each pattern in use, and what is no example of any.
  template <typename Each>
  void each(Each&& each) const {
    for (const auto& [behaviour, entry] : profile_->behaviours) {
      if (!behaviour.pattern && !covered_.contains(&behaviour)) each(behaviour, entry);
    }
    for (const auto& [pattern, in_use] : patterns_) each(pattern, in_use.entry);
  }

 private:
  const Profile* profile_;
  std::map<Behaviour, PatternInUse> patterns_;
  std::map<const Behaviour*, const Behaviour*> covered_;  ///< examples, and a pattern of theirs
};

}  // namespace plimsoll
