// Estimates of what has not been seen yet.
#include "profiles/coverage.h"

#include <algorithm>
#include <cmath>

#include "profiles/generalise.h"

namespace plimsoll {
namespace {

constexpr double kMinutesPerDay = 1440;
constexpr double kSecondsPerDay = 86'400;
constexpr double kSecondsPerUnit = 300;  // of five minutes
constexpr double kRuleOfThree = 3.0;     // -ln(0.05), rounded up
constexpr double kOneSided95 = 1.645;    // standard normal quantile

// A job is what lives for at most so many minutes, on average over at least so many containers.
constexpr double kMinutesOfAJob = 5;
constexpr std::uint64_t kLivesOfAJob = 5;
// What has come back three times has a period.
constexpr std::uint64_t kSightingsOfAPeriod = 4;

double seconds(WallNs ns) {
  return static_cast<double>(ns) / static_cast<double>(kNsPerSecond);
}

void count(Incidence& c, std::uint64_t units) {
  c.singletons += units == 1 ? 1 : 0;
  c.doubletons += units == 2 ? 1 : 0;
}

/// No detector reports what a runtime does in setup, so nothing in it counts as new.
bool may_be_new(const Behaviour& behaviour) {
  return behaviour.phase != Phase::setup;
}

void count(Coverage& c, const Behaviour& behaviour, const Entry& entry) {
  if (!may_be_new(behaviour)) return;
  if (quarantined(behaviour, entry)) {
    ++c.quarantined;
    return;
  }
  if (on_trial(entry)) return;  // what releases bring is not new of what runs
  const Share share = total(entry.shares);
  ++c.behaviours;
  if (entry.allowed) return;  // how often it was seen says nothing: a person vouches for it
  count(c.minutes, share.minutes);
  count(c.five_minutes, share.five_minutes);
}

Coverage of_units(const Profile& profile) {
  const Share share = total(profile.shares);
  Coverage c;
  c.minutes.units = share.minutes;
  c.five_minutes.units = share.five_minutes;
  return c;
}

/// When the lineage was first watched; 0 when not known.
WallNs first_watched(const Profile& profile) {
  WallNs first = first_seen(profile);
  for (const auto& [image, generation] : profile.generations) {
    first = earlier(first, generation.began);
  }
  return first;
}

/// Seconds after which the behaviour comes back in a container, on average, of `containers` that run at once;
/// 0 where it has not come back often enough to tell.
double period(const Entry& entry, double containers) {
  if (entry.shares.contains(std::string{kGone})) return 0;  // often enough, whenever that was
  const Share share = total(entry.shares);
  if (share.five_minutes < kSightingsOfAPeriod || entry.first_seen == 0 ||
      share.last_seen <= entry.first_seen)
    return 0;
  return seconds(share.last_seen - entry.first_seen) / static_cast<double>(share.five_minutes - 1) *
         containers;
}

}  // namespace

double Incidence::unseen() const {
  if (units == 0) return 1;
  return std::min(1.0, static_cast<double>(singletons) / static_cast<double>(units));
}

double Incidence::singletons_bound() const {
  if (singletons == 0) return kRuleOfThree;
  const auto f1 = static_cast<double>(singletons);
  const auto f2 = static_cast<double>(doubletons);
  const double variance = f1 * (1 - unseen()) + 2 * f2;
  return std::max(kRuleOfThree, f1 + kOneSided95 * std::sqrt(variance));
}

double Incidence::unseen_bound() const {
  return units == 0 ? 1 : std::min(1.0, singletons_bound() / static_cast<double>(units));
}

double Coverage::richness() const {
  if (minutes.units == 0) return static_cast<double>(behaviours);
  const auto n = static_cast<double>(minutes.units);
  const auto f1 = static_cast<double>(minutes.singletons);
  const auto f2 = static_cast<double>(minutes.doubletons);
  return static_cast<double>(behaviours) + (n - 1) / n * f1 * std::max(0.0, f1 - 1) / (2 * (f2 + 1));
}

double Coverage::singletons_bound() const {
  return std::max(minutes.singletons_bound(), five_minutes.singletons_bound());
}

Coverage coverage(const Generalised& view) {
  Coverage all = of_units(view.profile());
  view.each([&](const Behaviour& b, const Entry& entry) { count(all, b, entry); });
  return all;
}

std::map<Action, Coverage> coverage_by_class(const Generalised& view) {
  const Profile& profile = view.profile();
  const Coverage units = of_units(profile);
  std::map<Action, Coverage> classes;
  for (const Action action : profile.classes) classes[action] = units;
  view.each([&](const Behaviour& b, const Entry& entry) {
    count(classes.try_emplace(b.action(), units).first->second, b, entry);
  });
  return classes;
}

Observed observed(const Generalised& view) {
  const Profile& profile = view.profile();
  const Share share = total(profile.shares);
  Observed out;
  out.lifetimes = share.count;
  out.days = static_cast<double>(share.minutes) / kMinutesPerDay;
  out.job = share.count >= kLivesOfAJob &&
            static_cast<double>(share.minutes) <= kMinutesOfAJob * static_cast<double>(share.count);
  const WallNs first = first_watched(profile);
  const double span = first != 0 && share.last_seen > first ? seconds(share.last_seen - first) : 0;
  // A life that has only begun is a whole unit already.
  const double containers = std::max(
      1.0, static_cast<double>(share.five_minutes) * kSecondsPerUnit / std::max(span, kSecondsPerUnit));
  WallNs latest_new = first;
  view.each([&](const Behaviour& behaviour, const Entry& entry) {
    if (!may_be_new(behaviour) || !believed(behaviour, entry)) return;
    latest_new = std::max(latest_new, entry.first_seen);
    out.period = std::max(out.period, period(entry, containers));
  });
  if (latest_new != 0 && share.last_seen > latest_new) out.quiet = seconds(share.last_seen - latest_new);
  // Once stable, one container that lives longer does not undo what its lineage was: see profiles/README.md.
  if (out.job || profile.stable_since != 0) out.days = std::max(out.days, span / kSecondsPerDay);
  return out;
}

Coverage coverage(const Profile& profile) {
  return coverage(Generalised(profile));
}
std::map<Action, Coverage> coverage_by_class(const Profile& profile) {
  return coverage_by_class(Generalised(profile));
}
Observed observed(const Profile& profile) {
  return observed(Generalised(profile));
}

}  // namespace plimsoll
