// Which patterns follow from a profile's examples.
#include "profiles/generalise.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "agent/core/hash.h"
#include "profiles/shape.h"

namespace plimsoll {
namespace {

constexpr std::size_t kMostCompared = 256;

/// One that may be an example, with its shape. What a person allowed is meant as it stands.
struct Example {
  const KnownBehaviour* known;
  Shape shape;
};

bool may_be_example(const KnownBehaviour& known) {
  return !known.first.pattern && !known.second.allowed;
}

/// How `other`'s part fits what was chosen for `part`: not at all, as its reading, or beyond doubt.
enum class Fit : std::uint8_t { no, lax, strict };
Fit fit(const Part& part, std::size_t chosen, const Part& other) {
  if (chosen == 0) return part.text == other.text ? Fit::lax : Fit::no;
  const std::string& text = part.readings[chosen - 1].text;
  const auto at = std::ranges::find(other.readings, text, &Reading::text);
  if (at == other.readings.end()) return Fit::no;
  return at->strict ? Fit::strict : Fit::lax;
}

/// Both have the same frame.
bool fits(const Shape& shape, const Choice& choice, const Shape& other) {
  for (std::size_t i = 0; i < choice.size(); ++i) {
    if (fit(shape.parts[i], choice[i], other.parts[i]) == Fit::no) return false;
  }
  return true;
}

/// Enough different texts stand in each place that varies, of the first that are alike.
bool justified(const Shape& shape, const Choice& choice, const std::vector<Example>& pool) {
  std::array<std::set<std::string_view>, kMostParts> texts;
  for (const Example& example : std::span(pool).first(std::min(pool.size(), kMostCompared))) {
    if (!fits(shape, choice, example.shape)) continue;
    bool enough = true;
    for (std::size_t i = 0; i < choice.size(); ++i) {
      if (choice[i] == 0) continue;
      if (fit(shape.parts[i], choice[i], example.shape.parts[i]) == Fit::strict)
        texts.at(i).insert(example.shape.parts[i].text);
      enough = enough && texts.at(i).size() >= kExamplesNeeded;
    }
    if (enough) return true;
  }
  return false;
}

/// The fields of an object, up to where something varies first.
struct Prefix {
  std::vector<std::string_view> equal;
  std::string_view starts;
};
Prefix prefix_of(const Object& frame) {
  Prefix out;
  bool open = true;
  for_each_field(frame, [&](std::string_view, const auto& field) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, std::string>) {
      if (!open) return;
      const std::size_t hole = field.find(kHole);
      open = hole == std::string::npos;
      if (open) {
        out.equal.push_back(field);
      } else {
        out.starts = std::string_view{field}.substr(0, hole);
      }
    }
  });
  return out;
}

/// The least behaviour that could be alike: only what stands before the first hole.
Behaviour first_alike(const Shape& shape) {
  Behaviour out = shape.frame;
  out.outcome = Outcome::ok;
  bool open = true;
  for_each_field(out.object, [&open](std::string_view, auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, std::string>) {
      const std::size_t hole = open ? field.find(kHole) : 0;
      if (hole == std::string::npos) return;
      open = false;
      field.resize(hole);
    } else if (!open) {
      field = Field{};
    }
  });
  return out;
}

bool begins_alike(const Behaviour& b, const Shape& shape, const Prefix& prefix) {
  if (b.phase != shape.frame.phase || b.actor != shape.frame.actor || b.action() != shape.frame.action())
    return false;
  std::size_t at = 0;
  bool alike = true;
  for_each_field(b.object, [&](std::string_view, const auto& field) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, std::string>) {
      if (at < prefix.equal.size()) {
        alike = alike && field == prefix.equal[at];
      } else if (at == prefix.equal.size()) {
        alike = alike && field.starts_with(prefix.starts);
      }
      ++at;
    }
  });
  return alike;
}

/// What in the profile has the same frame. They stand close to each other in its order; of very many the
/// first are enough to tell.
std::vector<Example> alike(const Profile& profile, const Shape& shape) {
  std::vector<Example> out;
  const Prefix prefix = prefix_of(shape.frame.object);
  std::size_t compared = 0;
  for (auto at = profile.behaviours.lower_bound(first_alike(shape));
       at != profile.behaviours.end() && compared < kMostCompared; ++at, ++compared) {
    if (!begins_alike(at->first, shape, prefix)) break;
    if (!may_be_example(*at)) continue;
    auto other = shape_of(at->first);
    if (other && other->frame == shape.frame) out.push_back({&*at, *std::move(other)});
  }
  return out;
}

bool allowed(const Profile& profile, const Behaviour& pattern) {
  const auto at = profile.behaviours.find(pattern);
  return at != profile.behaviours.end() && at->second.allowed;
}

bool has_removed_patterns(const Profile& profile) {
  return std::ranges::any_of(profile.tombstones, [](const Behaviour& b) { return b.pattern; });
}

bool removed_by_pattern(const Profile& profile, const Shape& shape) {
  return std::ranges::any_of(choices(shape), [&](const Choice& choice) {
    return profile.tombstones.contains(pattern_of(shape, choice));
  });
}

/// What is known of a pattern.
Entry entry_of(const Profile& profile, const Behaviour& pattern,
               const std::vector<const KnownBehaviour*>& examples) {
  const auto own = profile.behaviours.find(pattern);
  const bool has_own = own != profile.behaviours.end();
  Entry out = has_own ? own->second : examples.front()->second;
  std::size_t before_release = 0;
  WallNs brought = 0;
  for (const auto* example : examples) {
    join(out, example->second);
    out.distinct.add(describe(example->first));
    before_release += example->second.with_release ? 0 : 1;
    if (example->second.with_release) brought = earlier(brought, example->second.first_seen);
  }
  out.allowed = has_own && own->second.allowed;            // allowing an example allows no more than that
  if (before_release < kExamplesNeeded && brought != 0) {  // it would be none without the release
    out.with_release = true;
    out.first_seen = brought;
  }
  return out;
}

struct Found {
  Behaviour pattern;
  Choice choice;
  std::vector<Example> pool;
  Shape shape;
};

std::optional<Found> find(const Profile& profile, const Behaviour& b) {
  if (profile.tombstones.contains(b)) return std::nullopt;
  auto shape = shape_of(b);
  if (!shape || (has_removed_patterns(profile) && removed_by_pattern(profile, *shape))) return std::nullopt;
  auto pool = alike(profile, *shape);
  for (const Choice& choice : choices(*shape)) {
    auto pattern = pattern_of(*shape, choice);
    if (allowed(profile, pattern) || justified(*shape, choice, pool))
      return Found{std::move(pattern), choice, std::move(pool), *std::move(shape)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Match> match(const Profile& profile, const Behaviour& b) {
  auto found = find(profile, b);
  if (!found) return std::nullopt;
  const auto is_example = [&](const Example& one) { return fits(found->shape, found->choice, one.shape); };
  const auto examples = static_cast<std::size_t>(std::ranges::count_if(found->pool, is_example));
  return Match{std::move(found->pattern), examples};
}

std::optional<Behaviour> pattern_for(const Profile& profile, const Behaviour& b) {
  auto found = find(profile, b);
  return found ? std::optional(std::move(found->pattern)) : std::nullopt;
}

std::optional<Covering> covering(const Profile& profile, const Behaviour& b) {
  auto found = find(profile, b);
  if (!found) return std::nullopt;
  std::vector<const KnownBehaviour*> examples;
  for (const Example& one : found->pool) {
    if (fits(found->shape, found->choice, one.shape)) examples.push_back(one.known);
  }
  Entry entry = entry_of(profile, found->pattern, examples);
  return Covering{{std::move(found->pattern), examples.size()}, std::move(entry)};
}

bool is_known(const Profile& profile, const Behaviour& b) {
  if (profile.contains(b)) return true;
  const auto pattern = covering(profile, b);
  return pattern && believed(pattern->match.pattern, pattern->entry);
}

bool is_removed(const Profile& profile, const Behaviour& b) {
  if (profile.tombstones.contains(b)) return true;
  if (!has_removed_patterns(profile)) return false;
  const auto shape = shape_of(b);
  return shape && removed_by_pattern(profile, *shape);
}

void take_out_removed(Profile& profile) {
  for (const Behaviour& removed : profile.tombstones) profile.behaviours.erase(removed);
  if (!has_removed_patterns(profile)) return;
  std::erase_if(profile.behaviours, [&profile](const auto& item) {
    const auto shape = shape_of(item.first);
    return shape && removed_by_pattern(profile, *shape);
  });
}

std::set<const KnownBehaviour*> to_keep(const Behaviour& pattern,
                                        const std::vector<const KnownBehaviour*>& examples) {
  std::map<std::uint64_t, const KnownBehaviour*> by_hash;
  for (const auto* one : examples) by_hash.emplace(stable_hash(describe(one->first)), one);
  std::array<std::set<std::string>, kMostParts> texts;
  std::set<const KnownBehaviour*> kept;
  for (const auto& [hash, one] : by_hash) {
    const auto shape = shape_of(one->first);
    if (!shape) continue;
    const auto all = choices(*shape);
    const auto choice =
        std::ranges::find_if(all, [&](const Choice& c) { return pattern_of(*shape, c) == pattern; });
    if (choice == all.end()) continue;
    for (std::size_t i = 0; i < choice->size(); ++i) {
      if (fit(shape->parts[i], (*choice)[i], shape->parts[i]) == Fit::strict &&
          texts.at(i).size() < kExamplesNeeded && texts.at(i).insert(shape->parts[i].text).second)
        kept.insert(one);
    }
  }
  for (const auto& [hash, one] : by_hash) {
    if (kept.size() < kExamplesKept) kept.insert(one);
  }
  return kept;
}

Generalised::Generalised(const Profile& profile) : profile_(&profile) {
  std::map<Behaviour, std::vector<Example>> alike;
  for (const auto& known : profile.behaviours) {
    if (known.first.pattern && known.second.allowed) patterns_[known.first];
    if (!may_be_example(known)) continue;
    if (auto shape = shape_of(known.first)) {
      auto& pool = alike[shape->frame];
      pool.push_back({&known, *std::move(shape)});
    }
  }
  std::map<Behaviour, bool> tried;  // by pattern
  for (const auto& [frame, pool] : alike) {
    for (const Example& one : pool) {
      for (const Choice& choice : choices(one.shape)) {
        auto pattern = plimsoll::pattern_of(one.shape, choice);
        const auto [in_use, added] = tried.try_emplace(std::move(pattern), false);
        if (added) {
          in_use->second =
              patterns_.contains(in_use->first) ||
              (!profile.tombstones.contains(in_use->first) && justified(one.shape, choice, pool));
        }
        if (!in_use->second) continue;
        const auto at = patterns_.try_emplace(in_use->first).first;
        at->second.examples.push_back(one.known);
        covered_.try_emplace(&one.known->first, &at->first);
      }
    }
  }
  for (auto& [pattern, in_use] : patterns_) {
    in_use.entry = entry_of(profile, pattern, in_use.examples);
    in_use.distinct = in_use.entry.distinct.estimate();
  }
}

const Behaviour* Generalised::pattern_of(const Behaviour& behaviour) const {
  const auto known = profile_->behaviours.find(behaviour);
  if (known == profile_->behaviours.end()) return nullptr;
  const auto at = covered_.find(&known->first);
  return at == covered_.end() ? nullptr : at->second;
}

}  // namespace plimsoll
