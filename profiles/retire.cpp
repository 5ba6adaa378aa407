// Condensing, pruning of behaviours, forgetting of images.
#include "profiles/retire.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "profiles/generalise.h"

namespace plimsoll {
namespace {

void add(std::uint64_t& to, std::uint64_t more) {
  to = std::min(kMaxCount, to + more);  // both are at most kMaxCount
}

void add(Share& to, const Share& more) {
  add(to.minutes, more.minutes);
  add(to.five_minutes, more.five_minutes);
  add(to.count, more.count);
  to.last_seen = std::max(to.last_seen, more.last_seen);
}

/// What hosts of that name have counted goes to kGone's; true if there are any.
template <typename Count, typename IsGone>
bool move_to_gone(std::map<std::string, Count>& counts, const IsGone& is_gone) {
  Count gone{};
  const auto moved = std::erase_if(counts, [&](const auto& one) {
    const bool goes = one.first != kGone && is_gone(one.first);
    if (goes) add(gone, one.second);
    return goes;
  });
  if (moved > 0) add(counts[std::string{kGone}], gone);
  return moved > 0;
}

/// All in one, where that is enough.
void count_no_further(std::map<std::string, Share>& shares) {
  const Share all = total(shares);
  if (all.minutes < kEnough || all.five_minutes < kEnough) return;
  shares.clear();
  shares[std::string{kGone}] = {kEnough, kEnough, kEnough, all.last_seen};
}

void forget_images(Profile& profile) {
  if (profile.generations.size() <= kMostGenerations) return;
  std::vector<std::pair<WallNs, std::string>> by_age;
  by_age.reserve(profile.generations.size());
  for (const auto& [image, generation] : profile.generations) by_age.emplace_back(generation.began, image);
  std::ranges::sort(by_age);
  by_age.resize(by_age.size() - kMostGenerations);
  for (const auto& [began, image] : by_age) profile.generations.erase(image);
}

}  // namespace

void condense(Profile& profile, WallNs before) {
  before = whole_seconds(before);
  std::set<std::string, std::less<>> alive;
  for (const auto& [host, share] : profile.shares) {
    if (share.last_seen >= before) alive.insert(host);
  }
  const auto is_gone = [&](const std::string& host) { return before > 0 && !alive.contains(host); };
  bool moved = move_to_gone(profile.shares, is_gone);
  moved = move_to_gone(profile.lost, is_gone) || moved;
  for (auto& [behaviour, entry] : profile.behaviours) moved = move_to_gone(entry.shares, is_gone) || moved;
  if (moved) profile.gone_before = std::max(profile.gone_before, before);
  for (auto& [behaviour, entry] : profile.behaviours) count_no_further(entry.shares);
}

std::vector<Behaviour> prunable(const Profile& profile, WallNs after) {
  const WallNs last = total(profile.shares).last_seen;
  const auto* const latest = newest(profile);
  const auto is_old = [&](const Entry& entry) {
    const WallNs seen = total(entry.shares).last_seen;
    return latest != nullptr && !entry.allowed && seen != 0 && last - seen > after &&
           latest->second.began > seen;
  };
  const Generalised view(profile);
  std::set<const KnownBehaviour*> examples, kept;  // of patterns that stay
  for (const auto& [pattern, in_use] : view.patterns()) {
    if (is_old(in_use.entry)) continue;
    examples.insert(in_use.examples.begin(), in_use.examples.end());
    kept.merge(to_keep(pattern, in_use.examples));
  }
  std::vector<Behaviour> out;
  for (const auto& known : profile.behaviours) {
    const bool stays = known.first.pattern && view.patterns().contains(known.first) &&
                       !is_old(view.patterns().at(known.first).entry);
    const bool goes = examples.contains(&known) ? !kept.contains(&known) : is_old(known.second);
    if (goes && !stays) out.push_back(known.first);
  }
  return out;
}

void prune(Profile& profile, const std::vector<Behaviour>& prunable) {
  const std::set<Behaviour> old(prunable.begin(), prunable.end());
  std::map<Behaviour, Entry> patterns;  // whose examples go
  const Generalised view(profile);
  for (const auto& [pattern, in_use] : view.patterns()) {
    const auto goes = [&old](const KnownBehaviour* one) { return old.contains(one->first); };
    if (!old.contains(pattern) && std::ranges::any_of(in_use.examples, goes) &&
        !std::ranges::all_of(in_use.examples, goes))
      patterns.emplace(pattern, in_use.entry);
  }
  for (const auto& behaviour : old) profile.behaviours.erase(behaviour);
  for (auto& [pattern, entry] : patterns) profile.behaviours[pattern] = std::move(entry);
  forget_images(profile);
}

}  // namespace plimsoll
