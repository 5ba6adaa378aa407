// What the sensor adds to calls that it does not watch, on the kernel that runs: its programs are attached
// and detached in turns, because here the clock wanders by more than what is looked for. Prints for each
// operation its time without them, and the median ratio with its 95 % interval. Such calls are let go before
// anybody asks whose they are: a host's task stands for a container's. Usage: paired WAY [PAIRS]
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/sensor/attach/load.h"
#include "agent/sensor/hierarchy.h"
#include "agent/sensor/maps/sizes.h"

namespace plimsoll::bench {
namespace {

constexpr int kPairs = 200;
constexpr int kSlices = 100;  // of one measurement
// What else runs here only adds time: of a measurement's slices that one counts than which a tenth is faster.
constexpr double kUndisturbed = 0.1;
constexpr useconds_t kSettle = 30'000;  // what attaching and detaching left to do is done by then
constexpr int kResamples = 10'000;

bool act_getppid() {
  return syscall(SYS_getppid) >= 0;
}

bool act_mmap() {
  constexpr std::size_t kPage = 4096;
  void* page = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page != MAP_FAILED && munmap(page, kPage) == 0;
}

bool act_brk() {
  constexpr long kPages = 16384;
  static const long end = syscall(SYS_brk, 0);
  return syscall(SYS_brk, end + kPages) == end + kPages && syscall(SYS_brk, end) == end;
}

struct Operation {
  const char* name;
  int rounds;  // of a slice: some 50 microseconds, so that most slices are not interrupted
  bool (*act)();
};
constexpr std::array kOperations{Operation{"getppid", 400, act_getppid},
                                 Operation{"mmap+munmap", 40, act_mmap}, Operation{"brk", 40, act_brk}};

/// The value below which that part of them lies.
double quantile(std::vector<double> values, double part) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size()));
  std::ranges::nth_element(values, place);
  return *place;
}

/// Nanoseconds of one act.
double slice(const Operation& operation) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < operation.rounds; i++)
    if (!operation.act()) throw std::runtime_error(std::string(operation.name) + " failed");
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  return took.count() / operation.rounds;
}

using Series = std::array<std::vector<double>, kOperations.size()>;

void measure(Series& into) {
  usleep(kSettle);
  Series slices;
  for (int n = 0; n < kSlices; n++)
    for (std::size_t i = 0; i < kOperations.size(); i++) slices[i].push_back(slice(kOperations[i]));
  for (std::size_t i = 0; i < kOperations.size(); i++)
    into[i].push_back(quantile(std::move(slices[i]), kUndisturbed));
}

struct Interval {
  double middle, low, high;
};

/// Of the median, by drawing from the ratios again and again.
Interval bootstrap(const std::vector<double>& ratios) {
  std::mt19937 random(1);  // the same figures for the same ratios
  std::uniform_int_distribution<std::size_t> any(0, ratios.size() - 1);
  std::vector<double> medians;
  for (int i = 0; i < kResamples; i++) {
    std::vector<double> drawn;
    for (std::size_t n = 0; n < ratios.size(); n++) drawn.push_back(ratios[any(random)]);
    medians.push_back(quantile(std::move(drawn), 0.5));
  }
  return {quantile(ratios, 0.5), quantile(medians, 0.025), quantile(medians, 0.975)};
}

std::string slurp(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void run(const std::string& way, int pairs) {
  const std::string mountinfo = slurp("/proc/self/mountinfo");
  const auto chosen = choose_hierarchy(mountinfo, slurp("/proc/cgroups"));
  if (!chosen) throw std::runtime_error(chosen.error().message);
  SensorOptions options;
  options.alternative = way;
  pl_config config{};
  config.controller = chosen->controller;
  config.hierarchy = chosen->hierarchy.id;
  config.slots = sizes_here(options).slots;
  std::vector<ChosenRow> rows;
  std::vector<HookStatus> refused;
  const auto programs = load_programs(options, config, rows, refused);
  if (!programs) throw std::runtime_error(programs.error().message);

  Series without, with;
  measure(without);
  for (int pair = 0; pair < pairs; pair++) {
    {
      const Attached attached = attach_programs(**programs, rows, find_cgroup2_mount(mountinfo), refused);
      for (const HookStatus& h : attached.status)
        if (!h.attached) throw std::runtime_error(h.hook + " " + h.way + ": " + h.error);
      measure(with);
    }
    measure(without);
  }
  for (std::size_t i = 0; i < kOperations.size(); i++) {
    // Each measurement with them, by the two without them around it: what drifts cancels out.
    std::vector<double> ratios;
    for (std::size_t n = 0; n < with[i].size(); n++)
      ratios.push_back(with[i][n] / std::sqrt(without[i][n] * without[i][n + 1]));
    const Interval ratio = bootstrap(ratios);
    std::printf("%-8s %-12s %9.1f %8.4f  %.4f to %.4f\n", way.c_str(), kOperations[i].name,
                quantile(without[i], 0.5), ratio.middle, ratio.low, ratio.high);
  }
}

}  // namespace
}  // namespace plimsoll::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: paired fexit|kprobe|capable|raw [PAIRS]\n");
    return 2;
  }
  try {
    plimsoll::bench::run(argv[1], argc > 2 ? std::max(1, std::atoi(argv[2])) : plimsoll::bench::kPairs);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "paired: %s\n", error.what());
    return 1;
  }
  return 0;
}
