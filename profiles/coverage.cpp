// Estimates of what has not been seen yet.
#include "profiles/coverage.h"

#include <algorithm>
#include <cmath>

namespace plimsoll {
namespace {

constexpr double kMinutesPerDay = 1440;
constexpr double kSecondsPerDay = 86'400;
constexpr double kRuleOfThree = 3.0;   // -ln(0.05), rounded up
constexpr double kOneSided95 = 1.645;  // standard normal quantile

// A job is what lives for at most so many minutes, on average over at least so many containers.
constexpr double kMinutesOfAJob = 5;
constexpr std::uint64_t kLivesOfAJob = 5;
// What has come back twice has a period.
constexpr double kSightingsOfAPeriod = 3;

double seconds(WallNs ns) {
  return static_cast<double>(ns) / static_cast<double>(kNsPerSecond);
}

void count(Incidence& c, std::uint64_t units) {
  c.singletons += units == 1 ? 1 : 0;
  c.doubletons += units == 2 ? 1 : 0;
}

void count(Coverage& c, const Entry& entry) {
  if (quarantined(entry)) {
    ++c.quarantined;
    return;
  }
  const Share share = total(entry.shares);
  ++c.behaviours;
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

/// Seconds after which the behaviour comes back in a container, on average; 0 when it has not done so twice.
double period(const Entry& entry) {
  const Share share = total(entry.shares);
  const double containers = std::max(1.0, entry.seen_by.estimate());
  const double sightings = static_cast<double>(share.five_minutes) / containers;
  if (sightings < kSightingsOfAPeriod || entry.first_seen == 0 || share.last_seen <= entry.first_seen)
    return 0;
  return seconds(share.last_seen - entry.first_seen) / (sightings - 1);
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

Coverage coverage(const Profile& profile) {
  Coverage all = of_units(profile);
  for (const auto& [behaviour, entry] : profile.behaviours) count(all, entry);
  return all;
}

std::map<Action, Coverage> coverage_by_class(const Profile& profile) {
  const Coverage units = of_units(profile);
  std::map<Action, Coverage> classes;
  for (const Action action : profile.classes) classes[action] = units;
  for (const auto& [behaviour, entry] : profile.behaviours)
    count(classes.try_emplace(behaviour.action(), units).first->second, entry);
  return classes;
}

Observed observed(const Profile& profile) {
  const Share share = total(profile.shares);
  Observed out;
  out.lifetimes = share.count;
  out.days = static_cast<double>(share.minutes) / kMinutesPerDay;
  out.job = share.count >= kLivesOfAJob &&
            static_cast<double>(share.minutes) <= kMinutesOfAJob * static_cast<double>(share.count);
  const WallNs first = first_watched(profile);
  WallNs latest_news = first;
  for (const auto& [behaviour, entry] : profile.behaviours) {
    latest_news = std::max(latest_news, entry.first_seen);
    out.period = std::max(out.period, period(entry));
  }
  if (latest_news != 0 && share.last_seen > latest_news) out.quiet = seconds(share.last_seen - latest_news);
  if (out.job && first != 0 && share.last_seen > first) {
    const double span = seconds(share.last_seen - first);
    out.days = std::max(out.days, span / kSecondsPerDay);
    out.period = std::max(out.period, span / static_cast<double>(share.count - 1));
  }
  return out;
}

}  // namespace plimsoll
