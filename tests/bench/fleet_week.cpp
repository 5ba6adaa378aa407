// A week of a fleet of 1,500 nodes that live for two hours each, with 300 releases a day, jobs and one
// poisoned release, by the library alone. Prints a table; exit 1 when the fleet is not active, alerts
// falsely or believes what the intruder did. Usage: fleet_week_bench [DAYS]
#include "tests/unit/profiles/fleet.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace {

using namespace plimsoll::testing;

struct Kind {
  const char* name;
  int lineages;
  FleetPlan plan;
};

// Containers of 1,500 nodes, four a node; 300 releases a day.
const Kind kKinds[] = {
    {"built hourly", 10, {.replicas = 100, .releases = 24}},
    {"services", 39, {.replicas = 110, .releases = 1.5}},
    {"poisoned service", 1, {.replicas = 110, .releases = 1.5, .poisoned_on = 4}},
    {"jobs, each 5 minutes", 5, {.replicas = 60, .releases = 0.5, .run_minutes = 5}},
    {"jobs, each hour", 5, {.replicas = 60, .node_minutes = 120, .releases = 0.5, .run_minutes = 60}},
};

void print(const char* name, const FleetOutcome& out) {
  std::printf("%-22s %8llu %8llu %9.1f %% %8llu %8llu %9.3f %9zu\n", name,
              static_cast<unsigned long long>(out.releases), static_cast<unsigned long long>(out.changed),
              100.0 * static_cast<double>(out.active) / static_cast<double>(out.minutes),
              static_cast<unsigned long long>(out.release_alerts),
              static_cast<unsigned long long>(out.false_alerts),
              static_cast<double>(out.release_alerts + out.false_alerts) / static_cast<double>(out.releases),
              out.largest);
}

}  // namespace

int main(int argc, char** argv) {
  const int days = argc > 1 ? std::atoi(argv[1]) : 7;
  struct Job {
    std::size_t kind;
    FleetPlan plan;
  };
  std::vector<Job> jobs;
  for (std::size_t kind = 0; kind < std::size(kKinds); kind++) {
    for (int i = 0; i < kKinds[kind].lineages; i++) {
      jobs.push_back({kind, kKinds[kind].plan});
      jobs.back().plan.days = days;
    }
  }
  std::vector<FleetOutcome> by_kind(std::size(kKinds));
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      const auto out = run_fleet(jobs[i].plan, static_cast<unsigned>(i));
      const std::lock_guard lock(mutex);
      by_kind[jobs[i].kind].add(out);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); i++)
      threads.emplace_back(work);
  }
  std::printf("%-22s %8s %8s %11s %8s %8s %9s %9s\n", "LINEAGES", "RELEASES", "CHANGED", "ACTIVE", "RELEASE",
              "FALSE", "A RELEASE", "BYTES");
  FleetOutcome all;
  for (std::size_t kind = 0; kind < std::size(kKinds); kind++) {
    print(kKinds[kind].name, by_kind[kind]);
    all.add(by_kind[kind]);
  }
  print("all", all);
  std::printf("poisoned release: %s; of its %llu behaviours believed: %llu\n",
              all.poison_told > 0 ? "told of" : "NOT told of", static_cast<unsigned long long>(all.poison),
              static_cast<unsigned long long>(all.poison_absorbed));
  const bool good = all.active * 10 >= all.minutes * 9 &&
                    all.release_alerts + all.false_alerts <= all.releases &&
                    (days < 6 || (all.poison_told > 0 && all.poison > 0)) && all.poison_absorbed == 0;
  return good ? 0 : 1;
}
