// What the sensor adds to an operation: measured without it, with empty programs in its places, by a host
// task beside it, and by a container's task whose behaviour is known, or new. Prints a row an operation, in
// nanoseconds; under QEMU's -icount shift=0 these are instructions.
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include "agent/sensor/hierarchy.h"
#include "agent/sensor/sensor.h"
#include "tests/bench/floor.h"
#include "tests/bench/operations.h"

namespace plimsoll::bench {
namespace {

void check(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error(what);
}

constexpr unsigned kSettleSeconds = 3;  // what booting, loading and trying left to do is done by then

std::string slurp(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Request {
  std::size_t operation;
  bool fresh;
};

/// A process that measures on request, in the cgroup `cgroup` if that is not empty.
class Worker {
 public:
  explicit Worker(const std::string& cgroup) {
    int ask[2];
    int answer[2];
    check(pipe(ask) == 0 && pipe(answer) == 0, "pipe");
    pid_ = fork();
    check(pid_ >= 0, "fork");
    if (pid_ == 0) {
      close(ask[1]);
      close(answer[0]);
      serve(cgroup, ask[0], answer[1]);
    }
    close(ask[0]);
    close(answer[1]);
    ask_ = ask[1];
    answer_ = answer[0];
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    close(ask_);
    close(answer_);
    waitpid(pid_, nullptr, 0);
  }

  double measure(std::size_t operation, bool fresh) {
    const Request request{operation, fresh};
    double result = -1;
    check(write(ask_, &request, sizeof(request)) == sizeof(request) &&
              read(answer_, &result, sizeof(result)) == sizeof(result) && result >= 0,
          "measuring " + operations()[operation].name);
    return result;
  }

 private:
  [[noreturn]] static void serve(const std::string& cgroup, int in, int out) {
    personality(ADDR_NO_RANDOMIZE);  // how many pages a program's tables take would be a matter of luck
    if (!cgroup.empty()) std::ofstream(cgroup + "/cgroup.procs") << getpid();
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      _exit(1);
    Request request{};
    while (read(in, &request, sizeof(request)) == sizeof(request)) {
      const double result = bench::measure(operations()[request.operation], request.fresh);
      if (write(out, &result, sizeof(result)) != sizeof(result)) _exit(1);
    }
    _exit(0);
  }

  pid_t pid_ = -1;
  int ask_ = -1, answer_ = -1;
};

struct Cost {
  double without = 0, floor = 0, host = 0, known = 0, fresh = 0;
};

/// The way that is asked for.
std::string wanted_way() {
  const char* alternative = std::getenv("PLIMSOLL_ALTERNATIVE");
  return alternative != nullptr ? alternative : "fexit";
}

std::unique_ptr<Sensor> watch(const std::string& cgroup, const Hierarchy& hierarchy) {
  SensorOptions options;
  options.alternative = wanted_way();
  auto opened = open_sensor(options);
  check(opened.has_value(), opened ? "" : opened.error().message);
  struct stat st{};
  check(stat(cgroup.c_str(), &st) == 0, "stat " + cgroup);
  const auto slot = (*opened)->adopt({hierarchy.id, st.st_ino}, (time(nullptr) - 1) * kNsPerSecond);
  check(slot && (*opened)->name(*slot, 1) && (*opened)->seed_tasks(), "adopting " + cgroup);
  return std::move(*opened);
}

/// Everything that was new is known from now on.
void evaluate(Sensor& sensor) {
  const auto each = [&](const KernelEvent& event) {
    if (const auto* activity = std::get_if<Activity>(&event))
      check(sensor.set_known(activity->key).has_value(), "judging");
  };
  for (auto n = sensor.poll(std::chrono::milliseconds(0), each); n && *n > 0;)
    n = sensor.poll(std::chrono::milliseconds(0), each);
}

void run() {
  const auto chosen = choose_hierarchy(slurp("/proc/self/mountinfo"), slurp("/proc/cgroups"));
  check(chosen.has_value(), chosen ? "" : chosen.error().message);
  const Hierarchy& hierarchy = chosen->hierarchy;
  const std::string cgroup = hierarchy.mount_point + "/plimsoll-bench";
  std::filesystem::create_directory(cgroup);
  std::vector<Cost> costs(operations().size());
  {
    Worker host("");
    Worker contained(cgroup);
    sleep(kSettleSeconds);
    for (std::size_t i = 0; i < costs.size(); i++) costs[i].without = contained.measure(i, false);
    {
      const Floor floor(wanted_way(), find_cgroup2_mount(slurp("/proc/self/mountinfo")));
      sleep(kSettleSeconds);
      for (std::size_t i = 0; i < costs.size(); i++) costs[i].floor = contained.measure(i, false);
    }
    const auto sensor = watch(cgroup, hierarchy);
    sleep(kSettleSeconds);
    for (const HookStatus& h : sensor->hooks())
      std::printf("way %s %s%s\n", h.hook.c_str(), h.way.c_str(), h.attached ? "" : " NOT ATTACHED");
    for (std::size_t i = 0; i < costs.size(); i++) {
      costs[i].host = host.measure(i, false);
      contained.measure(i, false);
      evaluate(*sensor);
      costs[i].known = contained.measure(i, false);
      if (operations()[i].can_be_fresh) costs[i].fresh = contained.measure(i, true);
      evaluate(*sensor);
    }
  }
  std::filesystem::remove(cgroup);
  std::printf("%-10s %10s %10s %10s %10s %10s\n", "OPERATION", "WITHOUT", "+FLOOR", "+HOST", "+KNOWN",
              "+NEW");
  for (std::size_t i = 0; i < costs.size(); i++) {
    const Cost& c = costs[i];
    std::printf("cost %-10s %10.0f %+10.0f %+10.0f %+10.0f", operations()[i].name.c_str(), c.without,
                c.floor - c.without, c.host - c.without, c.known - c.without);
    std::printf(c.fresh > 0 ? " %+10.0f\n" : "          -\n", c.fresh - c.without);
  }
}

}  // namespace
}  // namespace plimsoll::bench

int main() {
  try {
    plimsoll::bench::run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cost: %s\n", error.what());
    return 1;
  }
  return 0;
}
