// What a person decided, put into effect.
#include "profiles/decisions.h"

#include <algorithm>
#include <utility>

#include "agent/core/hash.h"
#include "profiles/shape.h"

namespace plimsoll {
namespace {

bool is_forgotten(const Decisions& decisions, const Entry& entry) {
  return entry.first_seen != 0 && std::ranges::any_of(decisions.forgotten, [&entry](const Forgotten& f) {
           return f.from <= entry.first_seen && entry.first_seen < f.until &&
                  (f.host.empty() || f.host == entry.first_host);
         });
}

}  // namespace

WallNs forgotten_at(const Decisions& decisions) {
  WallNs latest = 0;
  for (const Forgotten& f : decisions.forgotten) latest = std::max(latest, f.until);
  return latest;
}

Applied apply(const Decisions& decisions, Profile& profile) {
  if (profile.stable_since <= forgotten_at(decisions)) profile.stable_since = 0;
  std::set<Behaviour> removed;
  for (const auto& [behaviour, decision] : decisions.behaviours) {
    if (behaviour.pattern && !decision.allowed) removed.insert(behaviour);
  }
  const auto of_removed_pattern = [&removed](const Behaviour& b) {
    return !removed.empty() && std::ranges::any_of(patterns_of(b), [&](const Behaviour& pattern) {
      return removed.contains(pattern);
    });
  };
  Applied out;
  out.taken_out = std::erase_if(profile.behaviours, [&](const auto& item) {
    const auto decided = decisions.behaviours.find(item.first);
    return decided == decisions.behaviours.end()
               ? is_forgotten(decisions, item.second) || of_removed_pattern(item.first)
               : !decided->second.allowed;
  });
  for (const auto& [behaviour, decision] : decisions.behaviours) {
    if (decision.allowed) {
      profile.tombstones.erase(behaviour);
      Entry& entry = profile.behaviours[behaviour];
      out.added += std::exchange(entry.allowed, true) ? 0 : 1;
    } else {
      profile.tombstones.insert(behaviour);
    }
  }
  return out;
}

std::string id_of(const Behaviour& behaviour) {
  return hex(stable_hash(describe(behaviour) + '\0' + std::string{name(behaviour.outcome)}));
}

}  // namespace plimsoll
