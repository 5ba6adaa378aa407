// The end of startup.
#include "profiles/startup.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "profiles/generalise.h"

namespace plimsoll {
namespace {

constexpr std::uint64_t kFewestContainers = 3;
constexpr std::uint64_t kShortestLife = 600;  // seconds watched, on average
constexpr std::uint64_t kLivesBeyond = 4;     // a life must be observed for this many times its startup
constexpr std::uint64_t kMargin = 3;          // of the end, over the soonest time of the latest behaviour
constexpr std::uint64_t kLeastMargin = 5;     // seconds
constexpr std::uint64_t kGap = 4, kLeastGap = 30;  // times what was before, and seconds on top
constexpr std::uint64_t kLatestEnd = kStartupEnds.back();

/// Of a run's two.
Phase other_of(Phase phase) {
  return phase == Phase::startup ? Phase::steady : Phase::startup;
}

std::uint64_t count_of(const Sketch& sketch) {
  return static_cast<std::uint64_t>(std::llround(sketch.estimate()));
}

/// What counts: seen by somebody, and believed.
bool counts(const Behaviour& behaviour, const Entry& entry) {
  return !entry.shares.empty() && believed(behaviour, entry);
}

struct Seen {
  std::uint64_t soonest = 0, latest = 0, containers = 0;
};

/// In both phases; none where the startup half has already counted both.
std::optional<Seen> seen(const Profile& profile, const Behaviour& behaviour, const Entry& entry) {
  Seen out{entry.since_start_min, entry.since_start_max, 0};
  Behaviour other = behaviour;
  other.phase = other_of(behaviour.phase);
  const auto at = profile.behaviours.find(other);
  if (at == profile.behaviours.end() || !counts(other, at->second)) {
    out.containers = count_of(entry.seen_by);
    return out;
  }
  if (behaviour.phase == Phase::steady) return std::nullopt;
  out.soonest = std::min(out.soonest, at->second.since_start_min);
  out.latest = std::max(out.latest, at->second.since_start_max);
  Sketch both = entry.seen_by;
  both.merge(at->second.seen_by);
  out.containers = count_of(both);
  return out;
}

/// The lives: how many, and how long they were observed. A unit is begun and not full, so that the first
/// minute of each life counts for nothing.
void measure(const Profile& profile, Startup& out) {
  const Share all = total(profile.shares);
  out.containers = all.count;
  // Of a stable profile no begins are counted, but whoever does something is.
  for (const auto& [behaviour, entry] : profile.behaviours) {
    if (counts(behaviour, entry)) out.containers = std::max(out.containers, count_of(entry.seen_by));
  }
  const std::uint64_t later = all.minutes - std::min(all.minutes, out.containers);
  out.watched = out.containers == 0 ? 0 : 60 * later / out.containers;
}

/// When those are shown, at the soonest, that containers show early and never later; sorted.
std::vector<std::uint64_t> only_early(const Profile& profile, std::uint64_t early) {
  std::vector<std::uint64_t> out;
  for (const auto& [behaviour, entry] : profile.behaviours) {
    if (!of_a_run(behaviour.phase) || entry.since_start_max > early || !counts(behaviour, entry)) continue;
    const auto both = seen(profile, behaviour, entry);
    if (both && both->latest <= early && both->containers >= kFewestContainers) out.push_back(both->soonest);
  }
  std::ranges::sort(out);
  return out;
}

std::string seconds_text(std::uint64_t seconds) {
  return std::to_string(seconds) + " s";
}

void learn(const Profile& profile, Startup& out) {
  measure(profile, out);
  if (out.containers < kFewestContainers) {
    out.missing = "needs " + std::to_string(kFewestContainers) + " containers, so far " +
                  std::to_string(out.containers);
    return;
  }
  if (out.watched < kShortestLife) {
    out.missing = "containers must be observed for " + seconds_text(kShortestLife) + " on average, so far " +
                  seconds_text(out.watched);
    return;
  }
  const auto times = only_early(profile, std::min(kLatestEnd, out.watched / kLivesBeyond));
  if (times.empty()) {
    out.missing = "no behaviour was seen in " + std::to_string(kFewestContainers) +
                  " containers as they started, and never later";
    return;
  }
  for (const std::uint64_t time : times) {
    if (time > kGap * out.latest + kLeastGap) break;
    out.latest = time;
    ++out.behaviours;
  }
  const std::uint64_t needed = std::max(kMargin * out.latest, out.latest + kLeastMargin);
  const auto rung = std::ranges::lower_bound(kStartupEnds, needed);
  const std::uint64_t end = rung == kStartupEnds.end() ? kLatestEnd : *rung;
  if (out.watched < kLivesBeyond * end) {
    out.missing = "for an end after " + seconds_text(end) + ", containers must be observed for " +
                  seconds_text(kLivesBeyond * end) + " on average, so far " + seconds_text(out.watched);
    return;
  }
  out.end = static_cast<WallNs>(end) * kNsPerSecond;
  out.by = Startup::By::profile;
}

WallNs ns(std::uint64_t seconds) {
  return static_cast<WallNs>(std::min(seconds, kMaxCount / 1'000'000)) * kNsPerSecond;
}

/// Until when that was startup's which it did at that second at the latest. All that follows lies before
/// that, too: it does not creep.
std::uint64_t startup_then(std::uint64_t latest) {
  for (const std::uint64_t end : kStartupEnds) {
    if (end > latest && ns(end) >= kStartupUntilLearned) return end;
  }
  return latest + 1;
}

/// Was it seen on the other side of the end, too, and does that hold now?
bool reaches(Phase phase, const Entry& entry, const Moment& now) {
  if (entry.shares.empty()) return false;  // a person wrote or allowed it: when it is seen is not known
  if (phase == Phase::steady) return ns(entry.since_start_min + 1) <= now.end;
  return ns(entry.since_start_max) >= now.end && now.since_start < startup_then(entry.since_start_max);
}

}  // namespace

bool of_a_run(Phase phase) {
  return phase == Phase::startup || phase == Phase::steady;
}

Startup startup_of(const Profile& profile, std::optional<WallNs> setting) {
  Startup out;
  if (setting) {
    out.end = *setting;
    out.by = Startup::By::setting;
  } else {
    learn(profile, out);
  }
  return out;
}

std::string describe(const Startup& startup) {
  const auto whole = static_cast<std::uint64_t>(startup.end / kNsPerSecond);
  const auto ms = static_cast<std::uint64_t>(startup.end % kNsPerSecond / 1'000'000);
  std::string out =
      "ends after " + (ms == 0 ? seconds_text(whole) : std::to_string(whole * 1000 + ms) + " ms") + " (";
  switch (startup.by) {
    case Startup::By::setting:
      return out + "set by learning.startup_phase)";
    case Startup::By::profile:
      return out + "learned: " + std::to_string(startup.behaviours) + " behaviours of " +
             std::to_string(startup.containers) + " containers, the last " + seconds_text(startup.latest) +
             " after start)";
    case Startup::By::nothing:
      break;
  }
  return out + "not learned yet: " + startup.missing + ")";
}

std::optional<Behaviour> in_other_phase(const Behaviour& behaviour) {
  if (!of_a_run(behaviour.phase)) return std::nullopt;
  Behaviour other = behaviour;
  other.phase = other_of(behaviour.phase);
  return other;
}

bool known_across(const Profile& profile, const Behaviour& behaviour, const Behaviour& other,
                  const Moment& now, const Expecting& by, const Covering* covering_other) {
  Expecting expecting = by;
  expecting.learns = false;  // what is not believed is not spread to another phase
  const auto known = [&](const Behaviour& one, const Entry& entry) {
    return reaches(other.phase, entry, now) && expected(one, entry, expecting);
  };
  const auto at = profile.behaviours.find(other);
  bool found = at != profile.behaviours.end() && known(at->first, at->second);
  found = found || (covering_other != nullptr && known(covering_other->match.pattern, covering_other->entry));
  return found && !is_removed(profile, behaviour);
}

bool AcrossStartup::contains(const Behaviour& behaviour) const {
  if (profile_->contains(behaviour)) return true;
  const auto other = in_other_phase(behaviour);
  const bool known = other && known_across(*profile_, behaviour, *other, moment_, {}, nullptr);
  passing_ = passing_ || (known && other->phase == Phase::startup);
  return known;
}

std::uint64_t second_of(Phase phase, std::uint64_t since_start, WallNs end) {
  const auto whole = static_cast<std::uint64_t>(std::max<WallNs>(end, 0) / kNsPerSecond);
  const auto up =
      whole + (end % kNsPerSecond > 0 ? 1 : 0);  // the first second that begins at the end or later
  if (phase == Phase::startup && since_start == up && up > 0) return up - 1;
  if (phase == Phase::steady && since_start + 1 == whole) return whole;
  return since_start;
}

}  // namespace plimsoll
