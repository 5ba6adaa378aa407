// States and their reasons.
#include "profiles/assess.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "profiles/generalise.h"

namespace plimsoll {
namespace {

constexpr double kFewestSingletons = 3;  // the bound where no singleton is left
constexpr double kPatience = 7;          // times the shortest possible learning: a week of a lone container
constexpr std::uint64_t kMinLifetimes = 2;  // one life alone says nothing about the next start
constexpr double kQuietPeriods = 3;
constexpr double kShortestPeriod =
    300;  // seconds: the longer unit; what comes back sooner cannot be told from one visit

/// "4.1", "8,640": one decimal at most, rounded up, because a bound must not look smaller than it is.
std::string decimal(double value) {
  std::array<char, 64> buffer{};
  const double rounded = std::ceil(value * 10 - 1e-9) / 10;
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), rounded, std::chars_format::fixed, 1);
  if (error != std::errc{}) return "very many";
  std::string out(buffer.data(), end);
  auto whole_digits = out.find('.');
  if (out.ends_with(".0")) out.resize(whole_digits);
  for (; whole_digits > 3; whole_digits -= 3) out.insert(whole_digits - 3, ",");
  return out;
}

std::string whole(double value) {
  return std::to_string(static_cast<std::uint64_t>(std::ceil(std::min(value, 1e15))));
}

std::string span(double seconds) {
  const auto in = [seconds](double unit) {
    return std::to_string(static_cast<std::int64_t>(std::round(seconds / unit)));
  };
  if (seconds < 120) return in(1) + " s";
  if (seconds < 7200) return in(60) + " min";
  if (seconds < 48 * 3600) return in(3600) + " h";
  return in(86400) + " days";
}

double seconds(WallNs ns) {
  return static_cast<double>(ns) / static_cast<double>(kNsPerSecond);
}

/// The class of which most is still to come; classes.end() without any.
auto worst(const std::map<Action, ClassForecast>& classes) {
  return std::ranges::max_element(classes, {}, [](const auto& one) { return one.second.per_day; });
}

void assess_by_time(Assessment& a, const Profile& profile, const AssessOptions& o) {
  const WallNs started = std::max(o.started != 0 ? o.started : first_seen(profile), o.forgotten_at);
  const WallNs passed = started == 0 ? 0 : std::max<WallNs>(0, o.now - started);
  a.progress = std::min(1.0, static_cast<double>(passed) / static_cast<double>(o.stable_after_ns));
  a.state = passed >= o.stable_after_ns ? State::stable : State::learning;
  if (a.state == State::stable) a.stable_since = started + o.stable_after_ns;
  a.reason = std::string{name(a.state)} + " by time: " + span(seconds(passed));
  a.reason += a.state == State::stable ? " since first seen" : " of " + span(seconds(o.stable_after_ns));
}

/// "up to 4.1 new exec behaviours a day expected (limit 3)"
std::string prediction(const Assessment& a, double limit) {
  const auto most = worst(a.classes);
  const std::string allowed = " (limit " + decimal(limit) + ")";
  if (!a.predicted_new_behaviours_per_day || most == a.classes.end())
    return "no estimate of new behaviours a day yet" + allowed;
  std::string out = "up to " + decimal(most->second.per_day) + " new " + std::string{name(most->first)} +
                    " behaviours a day expected";
  const Coverage& c = most->second.coverage;
  if (c.five_minutes.singletons_bound() > c.minutes.singletons_bound()) out += " by five-minute units";
  return out + allowed;
}

std::string hours_observed(const Assessment& a) {
  return a.observed.job ? span(a.observed.days * 86400) + " of a job"
                        : whole(a.observed.days * 24) + " container-hours";
}

void assess_by_evidence(Assessment& a, const Profile& profile, const AssessOptions& o) {
  const Observed& seen = a.observed;
  const auto most = worst(a.classes);
  const double bound = most == a.classes.end() ? kFewestSingletons : most->second.coverage.singletons_bound();
  const double needed = bound / o.max_new_behaviours_per_day;  // days
  const double quiet_needed = kQuietPeriods * std::max(seen.period, kShortestPeriod);
  const std::string expected = prediction(a, o.max_new_behaviours_per_day);
  const bool enough = seen.days >= needed * (1 - 1e-12);
  a.progress = std::min({1.0, seen.days / needed, seen.quiet / quiet_needed,
                         static_cast<double>(seen.lifetimes) / static_cast<double>(kMinLifetimes)});
  if (!enough && seen.days >= kPatience * kFewestSingletons / o.max_new_behaviours_per_day) {
    a.state = State::unstable;
    a.reason = "unstable: " + expected + " after " + hours_observed(a) + "; " +
               std::to_string(most->second.coverage.five_minutes.singletons) +
               " behaviours were seen only once";
    return;
  }
  const bool settled = seen.lifetimes >= kMinLifetimes && seen.quiet >= quiet_needed;
  if (enough && (settled || profile.stable_since != 0)) {
    a.state = State::stable;
    a.stable_since = profile.stable_since != 0 ? profile.stable_since : whole_seconds(o.now);
    a.reason = "stable: " + expected + "; " + hours_observed(a) + ", " + std::to_string(seen.lifetimes) +
               " containers; last new one " + span(seen.quiet) + " ago";
    return;
  }
  a.state = State::learning;
  a.progress = std::min(a.progress, 0.99);
  a.reason = "learning: " + expected;
  if (!enough) {
    const double hours = (needed - seen.days) * 24;
    a.container_hours_to_go = hours;
    a.reason += "; needs about " + whole(hours) + (seen.job ? " more hours" : " more container-hours");
    if (o.replicas > 1 && !seen.job) {
      a.reason += " (" + span(hours * 3600 / static_cast<double>(o.replicas)) + " with " +
                  std::to_string(o.replicas) + " replicas)";
    }
  }
  if (seen.lifetimes < kMinLifetimes) a.reason += "; needs a second container to start";
  if (seen.quiet < quiet_needed) {
    a.reason += "; last new one " + span(seen.quiet) + " ago (needs " + span(quiet_needed) + " quiet";
    if (seen.period > kShortestPeriod) a.reason += ", as one behaviour recurs every " + span(seen.period);
    a.reason += ")";
  }
}

}  // namespace

Assessment assess(const Profile& profile, const AssessOptions& o) {
  Assessment a;
  const Generalised view(profile);  // it takes longer than all else
  a.all = coverage(view);
  a.observed = observed(view);
  if (o.forgotten_at != 0) {
    const double since = seconds(std::max<WallNs>(0, o.now - o.forgotten_at));
    a.observed.days = std::min(a.observed.days, since / 86400);
    a.observed.quiet = std::min(a.observed.quiet, since);
  }
  for (const auto& [action, c] : coverage_by_class(view)) {
    a.classes[action] = {c, a.observed.days > 0 ? c.singletons_bound() / a.observed.days : 0};
  }
  if (const auto most = worst(a.classes); a.observed.days > 0 && most != a.classes.end())
    a.predicted_new_behaviours_per_day = most->second.per_day;
  const WallNs last_seen = total(profile.shares).last_seen;
  if (a.all.minutes.units == 0 && profile.behaviours.empty() && !o.locked) {
    a.reason = "none: this image has not been seen yet";
  } else if (full(profile, o.limits)) {
    a.state = State::too_large;
    a.reason = "too_large: at its limits with " + std::to_string(a.all.behaviours) +
               " behaviours; no further ones are learned";
  } else if (o.locked) {
    a.state = State::locked;
    a.reason = "locked: nothing more is learned; " + std::to_string(a.all.behaviours) + " behaviours";
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
