// The join of two profiles: unions, maxima and minima only, so that order, grouping and repetition don't
// matter.
#include <algorithm>
#include <set>
#include <tuple>

#include "profiles/generalise.h"
#include "profiles/profile.h"

namespace plimsoll {
namespace {

using Shares = std::map<std::string, Share>;
using Hosts = std::set<std::string, std::less<>>;

void join_share(Share& into, const Share& from) {
  into.minutes = std::max(into.minutes, from.minutes);
  into.five_minutes = std::max(into.five_minutes, from.five_minutes);
  into.count = std::max(into.count, from.count);
  into.last_seen = std::max(into.last_seen, from.last_seen);
}

/// What a host has counted is one column through the whole profile, and its version is when the host last
/// counted: a later one has all that an earlier one had. Of two with one version each field's maximum is
/// taken.
class Columns {
 public:
  Columns(const Profile& ours, const Profile& theirs)
      : gone_(std::max(ours.gone_before, theirs.gone_before)) {
    for (const auto* profile : {&ours, &theirs}) {
      note(ours, theirs, profile->shares);
      for (const auto& [host, lost] : profile->lost) note(ours, theirs, host);
      // Of hosts without a version, as in a profile written by hand, only entries may tell.
      if (gone_ == 0) continue;
      for (const auto& [behaviour, entry] : profile->behaviours) note(ours, theirs, entry.shares);
    }
  }

  void join(Shares& into, const Shares& from) const {
    if (!drop_ours_.empty())
      std::erase_if(into, [&](const auto& one) { return drop_ours_.contains(one.first); });
    for (const auto& [host, theirs] : from) {
      if (!drop_theirs_.contains(host)) join_share(into[host], theirs);
    }
  }
  void join(std::map<std::string, std::uint64_t>& into,
            const std::map<std::string, std::uint64_t>& from) const {
    std::erase_if(into, [&](const auto& one) { return drop_ours_.contains(one.first); });
    for (const auto& [host, lost] : from) {
      if (!drop_theirs_.contains(host)) into[host] = std::max(into[host], lost);
    }
  }

 private:
  static WallNs version(const Profile& profile, const std::string& host) {
    const auto at = profile.shares.find(host);
    return at == profile.shares.end() ? 0 : at->second.last_seen;
  }
  void note(const Profile& ours, const Profile& theirs, const Shares& shares) {
    for (const auto& [host, share] : shares) note(ours, theirs, host);
  }
  void note(const Profile& ours, const Profile& theirs, const std::string& host) {
    if (host == kGone) return;
    const WallNs mine = version(ours, host), other = version(theirs, host);
    if (mine < other || mine < gone_) drop_ours_.insert(host);
    if (other < mine || other < gone_) drop_theirs_.insert(host);
  }

  WallNs gone_;
  Hosts drop_ours_, drop_theirs_;
};

/// Who saw it first goes with when: they are one value. A time that is not known comes after all others.
auto first_sighting(const Entry& e) {
  return std::tuple<bool, WallNs, const std::string&, const std::string&, const std::string&, bool>(
      e.first_seen == 0, e.first_seen, e.first_host, e.first_container, e.first_image, e.with_release);
}

/// All but the shares.
void join_evidence(Entry& into, const Entry& from) {
  into.since_start_min = std::min(into.since_start_min, from.since_start_min);
  into.since_start_max = std::max(into.since_start_max, from.since_start_max);
  if (first_sighting(from) < first_sighting(into)) {
    into.first_seen = from.first_seen;
    into.first_host = from.first_host;
    into.first_container = from.first_container;
    into.first_image = from.first_image;
    into.with_release = from.with_release;
  }
  into.newest = std::max(into.newest, from.newest);
  into.seen_by.merge(from.seen_by);
  into.peers = std::max(into.peers, from.peers);
  into.allowed = into.allowed || from.allowed;
  into.distinct.merge(from.distinct);
}

void join(Generation& into, const Generation& from) {
  into.parent = std::max(into.parent, from.parent);
  into.manifests.insert(from.manifests.begin(), from.manifests.end());
  into.tags.insert(from.tags.begin(), from.tags.end());
  into.began = earlier(into.began, from.began);
  into.last_seen = std::max(into.last_seen, from.last_seen);
}

}  // namespace

void join(Entry& into, const Entry& from) {
  join_evidence(into, from);
  for (const auto& [host, share] : from.shares) join_share(into.shares[host], share);
}

void merge(Profile& into, const Profile& from) {
  const Columns columns(into, from);
  for (const auto& [image, theirs] : from.generations) join(into.generations[image], theirs);
  into.classes.insert(from.classes.begin(), from.classes.end());
  into.units.merge(from.units);
  into.lives.merge(from.lives);
  into.stable_since = earlier(into.stable_since, from.stable_since);
  into.gone_before = std::max(into.gone_before, from.gone_before);
  columns.join(into.shares, from.shares);
  columns.join(into.lost, from.lost);
  // Both are in one order: side by side, each is walked through once.
  static const Shares kNone;
  auto ours = into.behaviours.begin();
  for (const auto& [behaviour, theirs] : from.behaviours) {
    for (; ours != into.behaviours.end() && ours->first < behaviour; ++ours) {
      columns.join(ours->second.shares, kNone);
    }
    if (ours != into.behaviours.end() && ours->first == behaviour) {
      join_evidence(ours->second, theirs);
      columns.join(ours->second.shares, theirs.shares);
      ++ours;
    } else {
      const auto added = into.behaviours.emplace_hint(ours, behaviour, theirs);
      added->second.shares.clear();
      columns.join(added->second.shares, theirs.shares);
    }
  }
  for (; ours != into.behaviours.end(); ++ours) columns.join(ours->second.shares, kNone);
  into.tombstones.insert(from.tombstones.begin(), from.tombstones.end());
  take_out_removed(into);
}

}  // namespace plimsoll
