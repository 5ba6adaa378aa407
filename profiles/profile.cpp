// What a profile answers, and what is derived from it.
#include "profiles/profile.h"

#include <algorithm>
#include <type_traits>

namespace plimsoll {
namespace {

std::size_t text_bytes(const Behaviour& b) {
  std::size_t bytes = b.actor.size();
  for_each_field(b.object, [&bytes](std::string_view, const auto& field) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, std::string>) bytes += field.size();
  });
  return bytes;
}

}  // namespace

bool quarantined(const Behaviour& behaviour, const Entry& entry) {
  constexpr std::uint64_t kMany = 4;
  return behaviour.phase != Phase::setup && entry.peers >= kMany && !entry.allowed &&
         entry.seen_by.estimate() < 2;
}

bool believed(const Behaviour& behaviour, const Entry& entry) {
  return !quarantined(behaviour, entry) && !on_trial(entry);
}

bool Profile::contains(const Behaviour& b) const {
  const auto at = behaviours.find(b);
  return at != behaviours.end() && believed(at->first, at->second);
}

bool Profile::executes(std::string_view path) const {
  return std::ranges::any_of(behaviours, [path](const auto& item) {
    const auto* exec = std::get_if<ExecObject>(&item.first.object);
    return exec != nullptr && !item.first.pattern && exec->path == path &&
           item.first.outcome != Outcome::failed && believed(item.first, item.second);
  });
}

bool Profile::covers(Action action) const {
  return classes.contains(action);
}

Share total(const std::map<std::string, Share>& shares) {
  Share sum;
  for (const auto& [host, share] : shares) {
    sum.minutes += share.minutes;
    sum.five_minutes += share.five_minutes;
    sum.count += share.count;
    sum.last_seen = std::max(sum.last_seen, share.last_seen);
  }
  return sum;
}

WallNs first_seen(const Profile& profile) {
  WallNs earliest = 0;
  for (const auto& [behaviour, entry] : profile.behaviours) {
    if (!believed(behaviour, entry)) continue;
    earliest = earlier(earliest, entry.first_seen);
  }
  return earliest;
}

const std::pair<const std::string, Generation>* newest(const Profile& profile) {
  const std::pair<const std::string, Generation>* out = nullptr;
  for (const auto& one : profile.generations) {
    if (out == nullptr || one.second.began >= out->second.began) out = &one;
  }
  return out;
}

bool full(const Profile& profile, const Limits& limits) {
  if (profile.behaviours.size() >= limits.entries) return true;
  std::size_t bytes = 0;
  for (const auto& [behaviour, entry] : profile.behaviours) bytes += text_bytes(behaviour);
  return bytes >= limits.bytes;
}

}  // namespace plimsoll
