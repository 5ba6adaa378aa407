// The learned behaviour most like a new one: what an alert shows beside the news.
#include <type_traits>

#include "profiles/profile.h"

namespace plimsoll {
namespace {

constexpr std::size_t kMostCompared = 512;

/// A field as text, only to be compared and to see whether it says anything.
std::string comparable(const std::string& field) {
  return field;
}
std::string comparable(std::uint16_t field) {
  return field == 0 ? std::string{} : std::to_string(field);
}
std::string comparable(Origin field) {
  return std::string{name(field)};
}

struct Difference {
  std::vector<std::string> fields;
  std::size_t shared =
      0;  ///< fields that agree and say something; phase and outcome alone make nothing alike
};

Difference compare(const Behaviour& a, const Behaviour& b) {
  Difference d;
  if (a.phase != b.phase) d.fields.emplace_back("phase");
  if (a.actor != b.actor) d.fields.emplace_back("actor");
  d.shared += a.actor == b.actor ? 1 : 0;
  std::vector<std::string> theirs;
  for_each_field(b.object, [&](std::string_view, const auto& field) { theirs.push_back(comparable(field)); });
  std::size_t index = 0;
  for_each_field(a.object, [&](std::string_view key, const auto& field) {
    const std::string ours = comparable(field);
    if (ours != theirs.at(index)) {
      d.fields.emplace_back(key);
    } else if (!ours.empty() && !std::is_same_v<std::remove_cvref_t<decltype(field)>, Origin>) {
      ++d.shared;
    }
    ++index;
  });
  if (a.outcome != b.outcome) d.fields.emplace_back("outcome");
  return d;
}

}  // namespace

std::optional<Nearest> nearest(const Profile& profile, const Behaviour& b) {
  // Those around its own place in the order: of the same phase and actor first. Of a large profile only they
  // are looked at, or a flood of news would cost its square.
  auto first = profile.behaviours.lower_bound(b);
  auto last = first;
  for (std::size_t i = 0;
       i < kMostCompared && (first != profile.behaviours.begin() || last != profile.behaviours.end());
       i += 2) {
    if (first != profile.behaviours.begin()) --first;
    if (last != profile.behaviours.end()) ++last;
  }
  std::optional<Nearest> best;
  for (auto at = first; at != last; ++at) {
    const Behaviour& behaviour = at->first;
    if (behaviour.action() != b.action()) continue;
    Difference d = compare(b, behaviour);
    if (d.shared == 0 || (best && d.fields.size() >= best->differs.size())) continue;
    best = Nearest{behaviour, std::move(d.fields)};
  }
  return best;
}

}  // namespace plimsoll
