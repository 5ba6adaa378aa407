// Patterns are remembered.
#include "agent/engine/pattern_search.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace plimsoll {
namespace {

constexpr std::size_t kMostInASecond = 2000;

std::vector<std::string> readings_of(const Shape& shape, const Choice& choice) {
  std::vector<std::string> out;
  out.reserve(choice.size());
  for (std::size_t i = 0; i < choice.size(); ++i)
    out.push_back(choice[i] == 0 ? "" : shape.parts[i].readings[choice[i] - 1].text);
  return out;
}

/// None where a part cannot be read so.
std::optional<Choice> choice_of(const Shape& shape, const std::vector<std::string>& as) {
  Choice out;
  for (std::size_t i = 0; i < as.size(); ++i) {
    const auto& readings = shape.parts[i].readings;
    const auto at = std::ranges::find(readings, as[i], &Reading::text);
    if (!as[i].empty() && at == readings.end()) return std::nullopt;
    out.push_back(as[i].empty() ? 0 : static_cast<std::size_t>(at - readings.begin()) + 1);
  }
  return out;
}

}  // namespace

const Covering* PatternSearch::covering(const Profile& profile, const Behaviour& b, WallNs time) {
  const auto shape = shape_of(b);
  if (!shape || is_removed(profile, b)) return nullptr;
  if (const auto* found = remembered(*shape); found != nullptr) return found;
  if (const WallNs second = time / kNsPerSecond; std::exchange(second_, second) != second) searches_ = 0;
  if (++searches_ > kMostInASecond) return nullptr;
  auto found = plimsoll::covering(profile, b);
  return found ? remember(*shape, *std::move(found)) : nullptr;
}

/// A name may be read in hundreds of ways: only those are tried that a pattern was found by.
const Covering* PatternSearch::remembered(const Shape& shape) const {
  const auto alike = found_.find(shape.frame);
  if (alike == found_.end()) return nullptr;
  for (const Varying& varying : alike->second) {
    const auto choice = choice_of(shape, varying.as);
    if (!choice) continue;
    const auto at = varying.patterns.find(pattern_of(shape, *choice));
    if (at != varying.patterns.end() && at->second.match.examples >= kExamplesKept) return &at->second;
  }
  return nullptr;
}

const Covering* PatternSearch::remember(const Shape& shape, Covering found) {
  const auto all = choices(shape);
  const auto choice = std::ranges::find_if(
      all, [&](const Choice& one) { return pattern_of(shape, one) == found.match.pattern; });
  if (choice == all.end()) return nullptr;  // it was found by one of them
  std::vector<std::string> as = readings_of(shape, *choice);
  auto& alike = found_[shape.frame];
  auto at = std::ranges::find(alike, as, &Varying::as);
  if (at == alike.end()) {
    const auto fixed = [](const Varying& one) { return std::ranges::count(one.as, ""); };
    Varying fresh{std::move(as), {}};
    at = alike.insert(std::ranges::upper_bound(alike, fixed(fresh), std::greater{}, fixed), std::move(fresh));
  }
  const Behaviour pattern = found.match.pattern;
  return &at->patterns.insert_or_assign(pattern, std::move(found)).first->second;
}

}  // namespace plimsoll
