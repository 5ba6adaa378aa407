// The learned behaviour most like a new one: what an alert shows beside the new behaviour.
#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "profiles/generalise.h"
#include "profiles/profile.h"

namespace plimsoll {
namespace {

constexpr std::size_t kMostCompared = 512;

/// More than the largest object has: fields_of() throws beyond that.
constexpr std::size_t kMostFields = 8;

/// The fields of an object, only to be compared and to see whether they say anything: nothing is copied.
struct Fields {
  struct Field {
    std::string_view key;
    std::string_view text;  ///< empty: it says nothing
    bool tells_alike;       ///< when it agrees
  };
  std::array<Field, kMostFields> all{};
  std::size_t count = 0;
};

Fields fields_of(const Object& object) {
  Fields out;
  for_each_field(object, [&out](std::string_view key, const auto& field) {
    using T = std::remove_cvref_t<decltype(field)>;
    auto& next = out.all.at(out.count++);
    if constexpr (std::is_same_v<T, std::string>) {
      next = {key, field, true};
    } else if constexpr (std::is_same_v<T, Origin>) {
      next = {key, name(field), false};
    } else {
      const bool says = field != 0;
      next = {key, says ? std::string_view(reinterpret_cast<const char*>(&field), sizeof(field)) : "", true};
    }
  });
  return out;
}

struct Difference {
  std::size_t fields = 0;
  std::size_t shared =
      0;  ///< fields that agree and say something; phase and outcome alone make nothing alike
};

/// Both are of one action. Calls differs(name) for each field that does.
Difference compare(const Behaviour& a, const Fields& ours, const Behaviour& b, auto differs) {
  Difference d;
  const auto note = [&](bool same, std::string_view key) {
    if (same) return;
    ++d.fields;
    differs(key);
  };
  note(a.phase == b.phase, "phase");
  note(a.actor == b.actor, "actor");
  d.shared += a.actor == b.actor ? 1 : 0;
  const Fields theirs = fields_of(b.object);
  for (std::size_t i = 0; i < ours.count; ++i) {
    const auto& [key, text, tells_alike] = ours.all.at(i);
    const bool same = text == theirs.all.at(i).text;
    note(same, key);
    d.shared += same && tells_alike && !text.empty() ? 1 : 0;
  }
  note(a.outcome == b.outcome, "outcome");
  return d;
}

}  // namespace

std::optional<Nearest> nearest(const Profile& profile, const Behaviour& b) {
  // Those around its own place in the order: of the same phase and actor first. Of a large profile only they
  // are looked at, or a flood of new behaviour would cost its square.
  auto first = profile.behaviours.lower_bound(b);
  auto last = first;
  for (std::size_t i = 0;
       i < kMostCompared && (first != profile.behaviours.begin() || last != profile.behaviours.end());
       i += 2) {
    if (first != profile.behaviours.begin()) --first;
    if (last != profile.behaviours.end()) ++last;
  }
  const Fields ours = fields_of(b.object);
  const Behaviour* best = nullptr;
  std::size_t fewest = 0;
  for (auto at = first; at != last; ++at) {
    const Behaviour& behaviour = at->first;
    if (behaviour.action() != b.action() || behaviour.pattern) continue;  // a pattern is near by its examples
    const Difference d = compare(b, ours, behaviour, [](std::string_view) {});
    // The same, learned since, is no neighbour.
    if (d.fields == 0 || d.shared == 0 || (best != nullptr && d.fields >= fewest)) continue;
    best = &behaviour;
    fewest = d.fields;
  }
  if (best == nullptr) return std::nullopt;
  Nearest found{pattern_for(profile, *best).value_or(*best), {}};
  compare(b, ours, found.behaviour, [&](std::string_view key) { found.differs.emplace_back(key); });
  return found;
}

}  // namespace plimsoll
