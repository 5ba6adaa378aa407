// Whether what is predicted is what comes: workloads of known truth, watched for a while, and then for a day
// more.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "profiles/assess.h"
#include "tests/unit/profiles/workload.h"

namespace plimsoll {
namespace {

using namespace plimsoll::testing;

constexpr int kDayMinutes = 1440;

/// Habits from one a `from` to one a `to` minutes, evenly by their logarithms.
std::vector<Habit> spectrum(int n, double from, double to, Habit habit = {}) {
  std::vector<Habit> out;
  for (int i = 0; i < n; ++i) {
    habit.every = from * std::pow(to / from, (i + 0.5) / n);
    out.push_back(habit);
  }
  return out;
}

std::vector<Habit> at_start(int n) {
  std::vector<Habit> out;
  for (int i = 0; i < n; ++i) out.push_back({.at_start = std::pow(0.9, i)});
  return out;
}

std::vector<Habit> plus(std::vector<Habit> a, const std::vector<Habit>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<Workload> workloads() {
  const Habit cron{.regular = true, .lasts = 2, .things = 3};
  const Habit incident{.lasts = 3, .things = 2};
  return {
      {.name = "web server, a few habits", .habits = spectrum(30, 1, 60)},
      {.name = "service with rare habits", .habits = spectrum(120, 2, 60.0 * kDayMinutes)},
      {.name = "the same, restarted every 4 h", .habits = spectrum(120, 2, 60.0 * kDayMinutes), .life = 240},
      {.name = "the same, 24 replicas", .habits = spectrum(120, 2, 60.0 * kDayMinutes), .replicas = 24},
      {.name = "24 replicas, all at once",
       .habits = spectrum(120, 2, 60.0 * kDayMinutes),
       .replicas = 24,
       .together = true},
      {.name = "cron in a container",
       .habits = plus(spectrum(20, 1, 30), spectrum(30, 20, 10.0 * kDayMinutes, cron))},
      {.name = "incidents that last",
       .habits = plus(spectrum(20, 1, 30), spectrum(60, 60, 30.0 * kDayMinutes, incident))},
      {.name = "starts that differ, every 2 h",
       .habits = plus(spectrum(20, 1, 30), at_start(60)),
       .life = 120},
      {.name = "hourly job", .habits = at_start(80), .life = 1, .pause = 59},
      {.name = "job every five minutes", .habits = at_start(100), .life = 1, .pause = 4},
      {.name = "build runner, ever new", .habits = spectrum(40, 1, kDayMinutes), .life = 30, .fresh = 40},
  };
}

struct Cell {
  double bound = 0;
  std::uint64_t realised = 0;
  [[nodiscard]] double ratio() const { return bound / static_cast<double>(realised); }
};

/// Behaviours of the class that decides, at a checkpoint and an image's day later.
Cell cell(const Workload& workload, double days, unsigned seed) {
  const bool job = workload.pause > 0;
  const int per_day = kDayMinutes / (job ? 1 : workload.replicas);  // of the wall
  Run run(workload, seed);
  run.go_on(static_cast<int>(days * per_day));
  AssessOptions options;
  options.now = run.now();
  const Assessment before = assess(run.profile(), options);
  const auto deciding =
      std::ranges::max_element(before.classes, {}, [](const auto& c) { return c.second.per_day; });
  const auto seen = [&] { return coverage_by_class(run.profile()).at(deciding->first).behaviours; };
  const auto then = seen();
  run.go_on(per_day);
  const Cell out{before.predicted_new_behaviours_per_day.value(), seen() - then};
  std::printf("%-32s %5.2f   %-9s %8.1f %9llu\n", workload.name.c_str(), days,
              std::string(name(before.state)).c_str(), out.bound,
              static_cast<unsigned long long>(out.realised));
  return out;
}

TEST(Calibration, WhatComesIsWithinTheBoundAndTheBoundIsNotHuge) {
  std::printf("%-32s %5s   %-9s %8s %9s\n", "workload", "days", "state", "bound", "realised");
  std::vector<Cell> cells;
  unsigned seed = 1;
  for (const Workload& workload : workloads()) {
    for (const double days : {0.25, 0.5, 1.0, 3.0}) cells.push_back(cell(workload, days, seed++));
  }
  const auto within =
      std::ranges::count_if(cells, [](const Cell& c) { return static_cast<double>(c.realised) <= c.bound; });
  std::ranges::sort(cells, {}, &Cell::ratio);
  const double median = cells[cells.size() / 2].ratio();
  std::printf("%zu cells: within the bound in %.0f %%; the median bound is %.1f times what came\n",
              cells.size(), 100.0 * static_cast<double>(within) / static_cast<double>(cells.size()), median);
  EXPECT_GE(cells.size(), 30U);
  EXPECT_GE(static_cast<double>(within), 0.9 * static_cast<double>(cells.size()));
  EXPECT_LE(median, 10);
}

}  // namespace
}  // namespace plimsoll
