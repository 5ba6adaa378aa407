// Patterns are remembered.
#include "agent/pipeline/pattern_search.h"

#include <utility>

#include "profiles/shape.h"

namespace plimsoll {
namespace {

constexpr std::size_t kMostInASecond = 2000;

}  // namespace

const Covering* PatternSearch::covering(const Profile& profile, std::uint32_t epoch, const Behaviour& b,
                                        WallNs time) {
  if (std::exchange(epoch_, epoch) != epoch) forget();
  if (is_removed(profile, b)) return nullptr;
  if (const auto* found = remembered(b); found != nullptr) return found;
  if (const WallNs second = time / kNsPerSecond; std::exchange(second_, second) != second) searches_ = 0;
  if (++searches_ > kMostInASecond) return nullptr;
  auto found = plimsoll::covering(profile, b);
  if (!found) return nullptr;
  const Behaviour pattern = found->match.pattern;
  return &found_.insert_or_assign(pattern, *std::move(found)).first->second;
}

const Covering* PatternSearch::remembered(const Behaviour& b) const {
  if (found_.empty()) return nullptr;
  for (const Behaviour& pattern : patterns_of(b)) {
    const auto at = found_.find(pattern);
    if (at != found_.end() && at->second.match.examples >= kExamplesKept) return &at->second;
  }
  return nullptr;
}

}  // namespace plimsoll
