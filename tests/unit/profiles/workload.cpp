// Workloads on a virtual clock.
#include "tests/unit/profiles/workload.h"

#include <algorithm>
#include <array>

namespace plimsoll::testing {
namespace {

constexpr WallNs kBegin = 1'780'000'000 * kNsPerSecond;

/// The nth thing of a habit; classes of action take turns.
Behaviour thing(std::size_t habit, int nth) {
  const std::string name = word_of(habit) + "-" + word_of(static_cast<std::size_t>(nth));
  switch ((habit + static_cast<std::size_t>(nth)) % 3) {
    case 0:
      return {Phase::steady, "/app", ExecObject{"/bin/" + name, name, "", Origin::image, ""}, Outcome::ok};
    case 1:
      return {Phase::steady, "/app", ConnectObject{"tcp", "dns:" + name, 443}, Outcome::attempt};
    default:
      return {Phase::steady, "/app", MountObject{"mount", "tmpfs", "none", "/" + name}, Outcome::ok};
  }
}

}  // namespace

Run::Run(const Workload& workload, unsigned seed)
    : workload_(workload), random_(seed), replicas_(static_cast<std::size_t>(workload.replicas)) {
  profile_.classes = {Action::exec, Action::connect, Action::mount};
  profile_.generations["sha256:1"].began = kBegin;
  for (Replica& replica : replicas_) {
    replica.due.resize(workload_.habits.size());
    for (std::size_t i = 0; i < replica.due.size(); ++i) {
      const Habit& habit = workload_.habits[i];
      replica.due[i].habit = i;
      replica.due[i].next =
          habit.regular ? habit.every : std::exponential_distribution<double>(1 / habit.every)(random_);
    }
    if (workload_.together) replica.due = replicas_.front().due;
    begin(replica);
  }
}

WallNs Run::now() const {
  return kBegin + WallNs{minute_} * 60 * kNsPerSecond;
}

void Run::begin(Replica& replica) {
  replica.born = minute_;
  replica.number = ++containers_;
  Learner::container_started(profile_, "c" + std::to_string(replica.number), "h", now());
  for (std::size_t i = 0; i < workload_.habits.size(); ++i) {
    const Habit& habit = workload_.habits[i];
    if (habit.at_start <= 0 || !std::bernoulli_distribution(habit.at_start)(random_)) continue;
    for (int k = 0; k < habit.things; ++k) see(replica, thing(i, k));
  }
}

void Run::see(const Replica& replica, const Behaviour& behaviour) {
  const std::string id = "c" + std::to_string(replica.number);
  learner_.observe(profile_, behaviour,
                   {.container = id,
                    .host = "h",
                    .image = "sha256:1",
                    .time = now(),
                    .since_start = static_cast<std::uint64_t>(minute_ - replica.born) * 60,
                    .count = 1});
}

void Run::minute(Replica& replica, std::size_t index) {
  const int age = minute_ - replica.born;
  if (age >= workload_.life) {
    if (age == workload_.life) learner_.forget("c" + std::to_string(replica.number));
    if (age < workload_.life + workload_.pause) return;
    begin(replica);
  }
  const std::string id = "c" + std::to_string(replica.number);
  learner_.container_minute(profile_, {.container = id,
                                       .host = "h",
                                       .image = "sha256:1",
                                       .time = now(),
                                       .since_start = static_cast<std::uint64_t>(minute_ - replica.born) * 60,
                                       .count = 1});
  for (std::size_t i = 0; i < replica.due.size(); ++i) {
    const Habit& habit = workload_.habits[i];
    Due& due = replica.due[i];
    if (habit.at_start > 0) continue;
    if (workload_.together && index > 0) {
      due = replicas_.front().due[i];
    } else if (due.next <= minute_) {
      due.left = habit.lasts;
      while (due.next <= minute_) {
        due.next +=
            habit.regular ? habit.every : std::exponential_distribution<double>(1 / habit.every)(random_);
      }
    } else {
      due.left = std::max(0, due.left - 1);
    }
    if (due.left == 0) continue;
    for (int k = 0; k < habit.things; ++k) see(replica, thing(i, k));
  }
  if (workload_.fresh > 0 && std::bernoulli_distribution(workload_.fresh / 1440)(random_)) {
    see(replica, thing(1'000'000 + drawn_++, 0));
  }
}

void Run::go_on(int minutes) {
  for (const int end = minute_ + minutes; minute_ < end; ++minute_) {
    for (std::size_t i = 0; i < replicas_.size(); ++i) minute(replicas_[i], i);
  }
}

}  // namespace plimsoll::testing
