// One host's share of a profile.
#include "profiles/share.h"

#include <utility>

#include "agent/core/hash.h"
#include "profiles/decisions.h"

namespace plimsoll {
namespace {

std::map<std::string, Share> only(const std::map<std::string, Share>& shares, const std::string& host) {
  const auto own = shares.find(host);
  return own == shares.end() ? std::map<std::string, Share>{} : std::map<std::string, Share>{*own};
}

}  // namespace

Profile share_of(const Profile& profile, const std::string& host) {
  Profile out;
  out.lineage = profile.lineage;
  out.generations = profile.generations;
  out.classes = profile.classes;
  out.shares = only(profile.shares, host);
  if (const auto lost = profile.lost.find(host); lost != profile.lost.end()) out.lost.insert(*lost);
  out.units = profile.units;
  out.lives = profile.lives;
  out.stable_since = profile.stable_since;
  out.tombstones = profile.tombstones;
  for (const auto& [behaviour, entry] : profile.behaviours) {
    const bool by_hand = entry.allowed || entry.shares.empty();
    if (!by_hand && !entry.shares.contains(host)) continue;
    Entry& own = out.behaviours.emplace_hint(out.behaviours.end(), behaviour, entry)->second;
    own.shares = only(entry.shares, host);
  }
  return out;
}

std::set<std::uint64_t> facts_of(const Profile& profile) {
  std::set<std::uint64_t> facts;
  const auto add = [&facts](const char* kind, const std::string& what) {
    facts.insert(stable_hash(std::string(kind) + '\0' + what));
  };
  for (const auto& [behaviour, entry] : profile.behaviours) {
    const std::string id = id_of(behaviour);
    add("behaviour", id);
    if (entry.allowed) add("allowed", id);
  }
  for (const Behaviour& removed : profile.tombstones) add("removed", id_of(removed));
  for (const auto& [image, generation] : profile.generations) {
    add("image", image);
    for (const std::string& tag : generation.tags) add("tag", std::string(image).append(1, '\0').append(tag));
  }
  for (const Action action : profile.classes) add("class", std::string(name(action)));
  if (profile.stable_since != 0) add("stable", "");
  return facts;
}

void merge_within(Profile& into, Profile from, const Limits& limits) {
  if (full(into, limits)) {
    std::erase_if(from.behaviours,
                  [&into](const auto& item) { return !into.behaviours.contains(item.first); });
  }
  merge(into, from);
}

}  // namespace plimsoll
