// Coverage estimates and the state that follows from them.
#include "profiles/coverage.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace plimsoll {
namespace {

constexpr double kMinutesPerDay = 1440;
constexpr double kRuleOfThree = 3.0;   // -ln(0.05), rounded up
constexpr double kOneSided95 = 1.645;  // standard normal quantile
constexpr double kPatience = 7;        // times the shortest possible learning: a week of a lone container
constexpr std::uint64_t kMinLifetimes = 2;  // one life alone says nothing about the next start

/// One decimal, rounded up: a bound must not look smaller than it is.
std::string decimal(double value) {
  std::array<char, 64> buffer{};
  const double rounded = std::ceil(value * 10 - 1e-9) / 10;
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), rounded, std::chars_format::fixed, 1);
  return error == std::errc{} ? std::string(buffer.data(), end) : "very many";
}

std::string whole(double value) {
  return std::to_string(static_cast<std::uint64_t>(std::ceil(std::min(value, 1e15))));
}

std::string span(double seconds) {
  const auto in = [seconds](double unit) {
    return std::to_string(static_cast<std::int64_t>(std::round(seconds / unit)));
  };
  if (seconds < 120) return in(1) + "s";
  if (seconds < 7200) return in(60) + " min";
  if (seconds < 48 * 3600) return in(3600) + " h";
  return in(86400) + " days";
}

double seconds(WallNs ns) {
  return static_cast<double>(ns) / static_cast<double>(kNsPerSecond);
}

void count(Coverage& c, const Entry& entry) {
  const std::uint64_t minutes = total(entry.shares).minutes;
  ++c.behaviours;
  c.singletons += minutes == 1 ? 1 : 0;
  c.doubletons += minutes == 2 ? 1 : 0;
}

void assess_by_time(Assessment& a, const Profile& profile, const AssessOptions& o) {
  const WallNs started = o.started != 0 ? o.started : first_seen(profile);
  const WallNs passed = started == 0 ? 0 : std::max<WallNs>(0, o.now - started);
  a.progress = std::min(1.0, static_cast<double>(passed) / static_cast<double>(o.stable_after_ns));
  a.state = passed >= o.stable_after_ns ? State::stable : State::learning;
  a.reason = std::string{name(a.state)} + " by time: " + span(seconds(passed));
  a.reason += a.state == State::stable ? " since first seen" : " of " + span(seconds(o.stable_after_ns));
}

void assess_by_evidence(Assessment& a, const Profile& profile, const AssessOptions& o) {
  const auto n = static_cast<double>(a.all.units);
  const double needed = a.all.singletons_bound() * kMinutesPerDay / o.max_news_per_day;
  const double fewest = kRuleOfThree * kMinutesPerDay / o.max_news_per_day;
  const std::uint64_t lifetimes = total(profile.shares).count;
  const std::string limit = decimal(o.max_news_per_day);
  const std::string predicted = a.predicted_news_per_day ? decimal(*a.predicted_news_per_day) + " news a day"
                                                         : "an unknown number of news";
  a.progress = std::min(1.0, n / needed);
  if (n >= kPatience * fewest && n < needed) {
    a.state = State::unstable;
    a.reason = "unstable: predicted " + predicted + " after " + whole(n / 60) +
               " container-hours, needs <= " + limit + "; " + std::to_string(a.all.singletons) +
               " behaviours were seen only once";
    return;
  }
  if (n >= needed && lifetimes >= kMinLifetimes) {
    a.state = State::stable;
    a.reason = "stable: predicted " + predicted + ", allowed " + limit + "; " + whole(n / 60) +
               " container-hours, " + std::to_string(lifetimes) + " containers";
    return;
  }
  a.state = State::learning;
  a.progress = std::min(a.progress, 0.99);
  a.reason = "learning: predicted " + predicted + ", needs <= " + limit;
  if (n < needed) {
    const double hours = (needed - n) / 60;
    a.container_hours_to_go = hours;
    a.reason += "; about " + whole(hours) + " more container-hours";
    if (o.replicas > 1) {
      a.reason += " (" + span(hours * 3600 / static_cast<double>(o.replicas)) + " with " +
                  std::to_string(o.replicas) + " replicas)";
    }
  }
  if (lifetimes < kMinLifetimes) a.reason += "; needs a second container's start";
}

}  // namespace

std::string_view name(State state) {
  constexpr std::array<std::string_view, 7> kNames = {"none",     "learning",  "stable", "locked",
                                                      "unstable", "too_large", "stale"};
  return kNames.at(static_cast<std::size_t>(state));
}

double Coverage::unseen() const {
  if (units == 0) return 1;
  return std::min(1.0, static_cast<double>(singletons) / static_cast<double>(units));
}

double Coverage::singletons_bound() const {
  if (singletons == 0) return kRuleOfThree;
  const auto f1 = static_cast<double>(singletons);
  const auto f2 = static_cast<double>(doubletons);
  const double variance = f1 * (1 - unseen()) + 2 * f2;
  return std::max(kRuleOfThree, f1 + kOneSided95 * std::sqrt(variance));
}

double Coverage::unseen_bound() const {
  return units == 0 ? 1 : std::min(1.0, singletons_bound() / static_cast<double>(units));
}

std::optional<double> Coverage::news_per_day() const {
  if (units == 0) return std::nullopt;
  return singletons_bound() * kMinutesPerDay / static_cast<double>(units);
}

Coverage coverage(const Profile& profile) {
  Coverage all;
  all.units = total(profile.shares).minutes;
  for (const auto& [behaviour, entry] : profile.behaviours) count(all, entry);
  return all;
}

std::map<Action, Coverage> coverage_by_class(const Profile& profile) {
  std::map<Action, Coverage> classes;
  for (const Action action : profile.classes) classes[action].units = total(profile.shares).minutes;
  for (const auto& [behaviour, entry] : profile.behaviours) {
    if (const auto c = classes.find(behaviour.action()); c != classes.end()) count(c->second, entry);
  }
  return classes;
}

Assessment assess(const Profile& profile, const AssessOptions& o) {
  Assessment a;
  a.all = coverage(profile);
  a.predicted_news_per_day = a.all.news_per_day();
  const WallNs last_seen = total(profile.shares).last_seen;
  if (a.all.units == 0 && profile.behaviours.empty()) {
    a.reason = "none: nothing has been seen of this image yet";
  } else if (full(profile, o.limits)) {
    a.state = State::too_large;
    a.reason = "too_large: at its limits with " + std::to_string(a.all.behaviours) +
               " behaviours; what comes on top is not learned";
  } else if (o.locked) {
    a.state = State::locked;
    a.reason = "locked: nothing is learned any more; " + std::to_string(a.all.behaviours) + " behaviours";
  } else if (last_seen != 0 && o.now - last_seen > o.stale_after_ns) {
    a.state = State::stale;
    a.reason = "stale: last observed " + span(seconds(o.now - last_seen)) + " ago";
  } else if (o.stable_after_ns > 0) {
    assess_by_time(a, profile, o);
  } else {
    assess_by_evidence(a, profile, o);
  }
  if (a.state == State::stable || a.state == State::locked) a.progress = 1;
  return a;
}

}  // namespace plimsoll
