// To whom an event belongs: tasks, cgroups and phases.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <thread>

#include "tests/kernel/arena.h"
#include "tests/kernel/table.h"

namespace plimsoll::kernel_test {
namespace {

template <typename Event>
std::vector<Event> of_kind(const std::vector<KernelEvent>& events) {
  std::vector<Event> found;
  for (const auto& e : events)
    if (const auto* x = std::get_if<Event>(&e)) found.push_back(*x);
  return found;
}

std::vector<KernelEvent> drained() {
  std::vector<KernelEvent> events;
  drain([&](KernelEvent e) { events.push_back(std::move(e)); });
  return events;
}

// Runs `act` in a child process of the test's and waits for it.
template <typename Act>
int in_child(Act act) {
  const pid_t pid = fork();
  if (pid == 0) _exit(act());
  int status = -1;
  waitpid(pid, &status, 0);
  return status;
}

bool join_cgroup(const std::string& directory) {
  const int fd = open((directory + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  const bool joined = fd >= 0 && write(fd, "0", 1) == 1;
  close(fd);
  return joined;
}

TEST(Identity, ACgroupIsSeenWithItsMakersDirectory) {
  const Arena arena;
  EXPECT_NE(arena.slot(), 0U);
  EXPECT_EQ(arena.made().cgroup.hierarchy, sensor().hierarchy().id);
  struct stat st{};
  ASSERT_EQ(stat(arena.cgroup().c_str(), &st), 0);
  EXPECT_EQ(arena.made().cgroup.id, st.st_ino);
  char here[4096];
  ASSERT_NE(getcwd(here, sizeof(here)), nullptr);
  EXPECT_EQ(arena.made().creator_cwd, here);
  add_row("cgroup", "mkdir", "hierarchy, id, path, slot, the maker's directory", !HasFailure());
}

TEST(Identity, PhasesFollowTheFirstExecInside) {
  Arena arena;
  const auto first = arena.trigger("setuid");
  const auto second = arena.trigger("setuid");
  const auto phase_of = [](const Recording& r, Action action) {
    for (const auto& a : r.activities)
      if (a.behaviour.action() == action) return a.behaviour.phase;
    return Phase::steady;
  };
  EXPECT_EQ(phase_of(first, Action::mount), Phase::setup);
  EXPECT_EQ(phase_of(first, Action::setid), Phase::startup);
  EXPECT_EQ(phase_of(second, Action::setid), Phase::entered);
}

TEST(Identity, HostTasksLeaveNothing) {
  const Arena arena;  // so that something is watched
  drained();
  EXPECT_EQ(in_child([] {
              execl(PLIMSOLL_TRIGGER, "trigger", "failed", nullptr);
              return 1;
            }),
            0);
  for (const auto& e : drained()) EXPECT_FALSE(std::holds_alternative<Activity>(e));
}

TEST(Identity, ANestedCgroupIsItsContainers) {
  const Arena arena;
  const std::string nested = arena.cgroup() + "/nested";
  drained();
  ASSERT_EQ(mkdir(nested.c_str(), 0755), 0);
  EXPECT_TRUE(of_kind<CgroupMade>(drained()).empty());
  EXPECT_EQ(in_child([&] { return join_cgroup(nested) && setuid(1111) == 0 ? 0 : 1; }), 0);
  const auto activities = of_kind<Activity>(drained());
  ASSERT_FALSE(activities.empty());
  for (const auto& a : activities) EXPECT_EQ(a.slot, arena.slot());
  rmdir(nested.c_str());
  add_row("cgroup", "mkdir, nested", "no new slot; its tasks have the container's", !HasFailure());
}

TEST(Identity, LeavingTheCgroupKeepsItAndIsTold) {
  const Arena arena;
  drained();
  EXPECT_EQ(in_child([&] {
              return join_cgroup(arena.cgroup()) && join_cgroup(sensor().hierarchy().mount_point) &&
                             setuid(1112) == 0
                         ? 0
                         : 1;
            }),
            0);
  const auto events = drained();
  const auto moved = of_kind<CgroupMoved>(events);
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_EQ(moved[0].slot, arena.slot());
  EXPECT_EQ(moved[0].to_slot, 0U);
  const auto activities = of_kind<Activity>(events);
  ASSERT_EQ(activities.size(), 1U);
  EXPECT_EQ(activities[0].slot, arena.slot());
  add_row("cgroup", "attach, leaving", "slot before, none after; later events keep the slot", !HasFailure());
}

TEST(Identity, AHostTaskInARunningContainerIsTold) {
  Arena arena;
  arena.trigger("nothing");  // the container has started
  EXPECT_EQ(in_child([&] { return join_cgroup(arena.cgroup()) ? 0 : 1; }), 0);
  const auto moved = of_kind<CgroupMoved>(drained());
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_TRUE(moved[0].from_host);
  EXPECT_EQ(moved[0].to_slot, arena.slot());
  add_row("cgroup", "attach, from the host", "slot, from_host", !HasFailure());
}

TEST(Identity, ADismissedSlotIsTheHostsAgain) {
  const Arena arena;
  ASSERT_TRUE(sensor().dismiss(arena.slot()));
  drained();
  EXPECT_EQ(in_child([&] { return join_cgroup(arena.cgroup()) && setuid(1113) == 0 ? 0 : 1; }), 0);
  EXPECT_TRUE(of_kind<Activity>(drained()).empty());
}

TEST(Identity, RemovalIsTold) {
  Slot slot = 0;
  {
    const Arena arena;
    slot = arena.slot();
    drained();
  }
  const auto removed = of_kind<CgroupRemoved>(drained());
  EXPECT_TRUE(std::ranges::any_of(removed, [&](const CgroupRemoved& r) { return r.slot == slot; }));
  add_row("cgroup", "rmdir", "slot, id", !HasFailure());
}

TEST(Identity, TasksThatWereThereBeforeAreSeeded) {
  // A cgroup that the sensor has let go, with a task in it: as if both had been there before.
  const Arena arena;
  ASSERT_TRUE(sensor().dismiss(arena.slot()));
  int ready[2];
  int go[2];
  ASSERT_EQ(pipe(ready) | pipe(go), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    char c = 0;
    const bool joined = join_cgroup(arena.cgroup());
    std::thread([&] {  // what its threads and their children do is its own, too
      if (!joined || write(ready[1], "r", 1) != 1 || read(go[0], &c, 1) != 1) _exit(1);
      const pid_t child = fork();
      if (child == 0) _exit(setuid(1114));
      int ended = -1;
      _exit(waitpid(child, &ended, 0) == child && syscall(SYS_setgid, 1115) == 0 ? ended : 1);
    })
        .join();
  }
  char c = 0;
  ASSERT_EQ(read(ready[0], &c, 1), 1);
  timespec up{};  // a machine may have been up for a few seconds only
  clock_gettime(CLOCK_MONOTONIC, &up);
  // Well before the end of startup, or well after it.
  const std::int64_t ago = std::min<std::int64_t>(up.tv_sec > 90 ? 300 : 30, up.tv_sec - 1);
  const WallNs earlier = (time(nullptr) - ago) * kNsPerSecond;
  const auto slot = sensor().adopt(arena.made().cgroup, earlier);
  ASSERT_TRUE(slot) << slot.error().message;
  ASSERT_TRUE(sensor().name(*slot, 1));
  ASSERT_TRUE(sensor().seed_tasks());
  drained();
  ASSERT_EQ(write(go[1], "g", 1), 1);
  int status = -1;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  const auto activities = of_kind<Activity>(drained());
  ASSERT_EQ(activities.size(), 2U) << "and nothing that the agent had not read is taken for a change";
  EXPECT_TRUE(describe(activities[1].behaviour).ends_with("setid kind=gid from=0 to=1115"));
  EXPECT_EQ(activities[0].slot, *slot);
  EXPECT_EQ(activities[0].behaviour.phase, ago > 60 ? Phase::steady : Phase::startup);
  EXPECT_TRUE(activities[0].behaviour.actor.ends_with("kernel_test")) << activities[0].behaviour.actor;
  EXPECT_NEAR(static_cast<double>(activities[0].since_start_ns), static_cast<double>(ago) * 1e9, 2e9);
  for (const int fd : {ready[0], ready[1], go[0], go[1]}) close(fd);
}

/// A task in that cgroup that changes its group id when it is told to.
class Obedient {
 public:
  explicit Obedient(const std::string& cgroup) {
    if (pipe(orders_) != 0 || pipe(done_) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ != 0) return;
    close(orders_[1]);
    char c = 0;
    bool going = join_cgroup(cgroup) && write(done_[1], "j", 1) == 1;
    for (gid_t gid = 1300; going && read(orders_[0], &c, 1) == 1; gid++)
      going = syscall(SYS_setgid, gid) == 0 && write(done_[1], "d", 1) == 1;
    _exit(0);
  }
  Obedient(const Obedient&) = delete;
  Obedient& operator=(const Obedient&) = delete;
  ~Obedient() {
    for (const int fd : {orders_[0], orders_[1], done_[0], done_[1]}) close(fd);
    waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] bool joined() const { return answered(); }
  /// In which phase that was told; none when it was not told once.
  [[nodiscard]] std::optional<Phase> acts() const {
    drained();
    if (write(orders_[1], "g", 1) != 1 || !answered()) return std::nullopt;
    const auto told = of_kind<Activity>(drained());
    return told.size() == 1 ? std::optional(told[0].behaviour.phase) : std::nullopt;
  }

 private:
  [[nodiscard]] bool answered() const {
    char c = 0;
    return read(done_[0], &c, 1) == 1;
  }

  int orders_[2]{}, done_[2]{};
  pid_t pid_ = 0;
};

TEST(Identity, TheStartupOfASlotEndsWhereTheAgentSays) {
  const Arena arena;
  ASSERT_TRUE(sensor().dismiss(arena.slot()));
  const Obedient task(arena.cgroup());
  ASSERT_TRUE(task.joined());
  timespec up{};
  clock_gettime(CLOCK_MONOTONIC, &up);
  const std::int64_t age = std::min<std::int64_t>(100, up.tv_sec - 1);
  const auto slot = sensor().adopt(arena.made().cgroup, (time(nullptr) - age) * kNsPerSecond);
  ASSERT_TRUE(slot) << slot.error().message;
  const auto ends_after = [&](std::int64_t seconds) {
    return sensor().set_startup(*slot, seconds * kNsPerSecond).has_value();
  };
  EXPECT_TRUE(ends_after(age / 2));
  EXPECT_TRUE(ends_after(3 * age)) << "nothing of it has been judged yet";
  ASSERT_TRUE(sensor().name(*slot, 1));
  ASSERT_TRUE(sensor().seed_tasks());
  EXPECT_EQ(task.acts(), Phase::startup);
  EXPECT_TRUE(ends_after(2 * age));
  EXPECT_EQ(task.acts(), Phase::startup);
  EXPECT_TRUE(ends_after(age / 2));
  EXPECT_EQ(task.acts(), Phase::steady);
  EXPECT_TRUE(ends_after(5 * age)) << "which is not done: what is steady stays so";
  EXPECT_EQ(task.acts(), Phase::steady);
  ASSERT_TRUE(sensor().set_epoch(*slot, 2));
  EXPECT_EQ(task.acts(), Phase::steady);
  EXPECT_FALSE(sensor().set_startup(*slot + 1, kNsPerSecond)) << "nobody's";
  add_row("lifecycle", "the end of startup, said by the agent", "phase", !HasFailure());
}

TEST(Identity, EachSlotHasAStartupOfItsOwn) {
  Arena of_none, of_all, of_ours;  // it has not begun in any of them
  ASSERT_TRUE(sensor().set_startup(of_none.slot(), 0));
  const auto phase_of = [](Arena& arena) {
    for (const auto& a : arena.trigger("setuid").activities)
      if (a.behaviour.action() == Action::setid) return a.behaviour.phase;
    return Phase::setup;
  };
  EXPECT_EQ(phase_of(of_all), Phase::startup);
  EXPECT_EQ(phase_of(of_none), Phase::steady);
  ASSERT_TRUE(sensor().set_startup(of_ours.slot(), 0));
  ASSERT_TRUE(sensor().set_startup(of_ours.slot(), 600 * kNsPerSecond))
      << "it has none yet that could be over";
  EXPECT_EQ(phase_of(of_ours), Phase::startup);
}

/// Somebody in that cgroup who forks, changes its ids and executes over and over; in a child process.
class Busy {
 public:
  /// Returns when it is at work.
  Busy(const std::string& cgroup, int (*act)()) {
    int ready[2];
    if (pipe(ready) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ != 0) {
      close(ready[1]);
      char c = 0;
      if (read(ready[0], &c, 1) != 1) throw std::runtime_error("nobody is busy in " + cgroup);
      close(ready[0]);
      return;
    }
    if (!join_cgroup(cgroup) || write(ready[1], "r", 1) != 1) _exit(1);
    close(ready[0]);
    close(ready[1]);
    for (;;) {
      in_child([act] {
        in_child(act);  // a grandchild that never executes
        act();
        return execl(PLIMSOLL_TRIGGER, "trigger", "nothing", nullptr);
      });
    }
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = 0;
};

TEST(Identity, WhoActsWhileItsContainerIsAdoptedIsNoneElse) {
  std::size_t by_uid = 0;
  std::size_t by_gid = 0;
  for (int round = 0; round < 8; round++) {
    const Arena arena;
    ASSERT_TRUE(sensor().dismiss(arena.slot()));
    const std::string nested = arena.cgroup() + "/nested";
    ASSERT_EQ(mkdir(nested.c_str(), 0755), 0);
    for (const auto& made : of_kind<CgroupMade>(drained())) ASSERT_TRUE(sensor().dismiss(made.slot));
    {
      const Busy one(arena.cgroup(), [] { return setuid(1115); });
      const Busy other(arena.cgroup(), [] { return setuid(1115); });
      const Busy below(nested, [] { return setgid(1116); });
      usleep(10'000);
      const auto slot = sensor().adopt(arena.made().cgroup, time(nullptr) * kNsPerSecond);
      ASSERT_TRUE(slot) << slot.error().message;
      ASSERT_TRUE(sensor().name(*slot, 1));
      usleep(2'000);  // an agent has more than one container to adopt
      ASSERT_TRUE(sensor().seed_tasks());
      usleep(50'000);
      for (const Activity& a : of_kind<Activity>(drained())) {
        if (a.slot != *slot) continue;
        EXPECT_NE(a.behaviour.actor, "runtime") << describe(a.behaviour);
        const auto* change = std::get_if<SetidObject>(&a.behaviour.object);
        by_uid += change != nullptr && change->kind == "uid";
        by_gid += change != nullptr && change->kind == "gid";
      }
    }
    std::ifstream procs(nested + "/cgroup.procs");
    for (int pid = 0; procs >> pid;) kill(pid, SIGKILL);
    for (int i = 0; i < 200 && rmdir(nested.c_str()) != 0 && errno == EBUSY; i++) usleep(10'000);
  }
  EXPECT_GT(by_uid, 0U);
  EXPECT_GT(by_gid, 0U);  // what is nested in it belongs to it from the same moment on
}

}  // namespace
}  // namespace plimsoll::kernel_test
