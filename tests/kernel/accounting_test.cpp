// Floods: every event is known, emitted or lost with a reason; and one container's flood is not another's
// loss.
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/kernel/arena.h"

namespace plimsoll::kernel_test {
namespace {

HookCounters connects() {
  return sensor().counters().at("connect");
}

std::uint64_t lost_by_all_hooks() {
  std::uint64_t n = 0;
  for (const auto& [hook, counters] : sensor().counters()) n += total(counters.lost);
  return n;
}

std::size_t count_of(const Recording& r, const std::string& hook) {
  return static_cast<std::size_t>(
      std::ranges::count_if(r.activities, [&](const Activity& a) { return a.hook == hook; }));
}

// While a trigger runs nobody reads: as if the agent were stopped.
TEST(Accounting, AFloodIsEmittedOrLostToTheEvent) {
  Arena arena;
  const auto before = connects();
  const auto before_in_all = lost_by_all_hooks();
  const auto recording = arena.trigger("flood");
  const auto after = connects();
  const auto emitted = after.emitted - before.emitted;
  const auto lost = total(after.lost) - total(before.lost);
  EXPECT_GE(after.seen - before.seen, 30000U);
  EXPECT_EQ(after.seen - before.seen, after.known - before.known + emitted + lost);
  EXPECT_EQ(count_of(recording, "connect"), emitted);
  EXPECT_GT(lost, 0U);
  const auto of_container = sensor().lost(arena.slot());
  EXPECT_EQ(total(of_container), lost_by_all_hooks() - before_in_all);
  for (const auto& [reason, count] : of_container)
    EXPECT_TRUE(reason == "ring_full" || reason == "quota") << reason << " " << count;
}

TEST(Accounting, AContainersNewBehaviourAreLimited) {
  Arena arena;
  const auto before = connects();
  arena.trigger("flood");
  const auto after = connects();
  EXPECT_GT(after.lost.at("quota") + after.lost.at("ring_full"),
            before.lost.at("quota") + before.lost.at("ring_full"));
}

TEST(Accounting, WhatIsUrgentComesThroughAFullRing) {
  Arena flooding;
  Arena other;
  other.trigger("nothing");
  // Leaves the rings full: nobody reads until the other's own trigger ends.
  const auto flood_status = flooding.leave("flood");
  ASSERT_EQ(flood_status, 0);
  const auto recording = other.trigger("memfd");
  const auto hidden = std::ranges::count_if(recording.activities, [](const Activity& a) {
    const auto* exec = std::get_if<ExecObject>(&a.behaviour.object);
    return exec != nullptr && exec->origin == Origin::memfd;
  });
  EXPECT_EQ(hidden, 1);
}

/// The test, and what it starts, stays on one CPU: one ring.
class OnOneCpu {
 public:
  OnOneCpu() {
    sched_getaffinity(0, sizeof(before_), &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
  OnOneCpu(const OnOneCpu&) = delete;
  OnOneCpu& operator=(const OnOneCpu&) = delete;
  ~OnOneCpu() { sched_setaffinity(0, sizeof(before_), &before_); }

 private:
  cpu_set_t before_{};
};

// Nobody reads until both have ended.
TEST(AccountingInDetail, WithoutALimitAFloodLeavesHalfOfARingToTheOthers) {
  const OnOneCpu here;
  SensorOptions options;
  if (const char* alternative = std::getenv("PLIMSOLL_ALTERNATIVE")) options.alternative = alternative;
  options.events_per_container = 0;
  auto own = open_sensor(options);
  ASSERT_TRUE(own) << own.error().message;
  Sensor& unlimited = **own;
  Arena flooding;
  Arena other;
  const auto loud = unlimited.adopt(flooding.made().cgroup, 0),
             quiet = unlimited.adopt(other.made().cgroup, 0);
  ASSERT_TRUE(loud && quiet);
  for (const auto& slot : {loud, quiet}) ASSERT_TRUE(unlimited.name(*slot, 1));
  ASSERT_EQ(flooding.leave("flood"), 0);
  ASSERT_EQ(other.leave("udp4"), 0);
  std::size_t told = 0;
  const Sensor::Sink sink = [&](const KernelEvent& event) {
    const auto* activity = std::get_if<Activity>(&event);
    told += activity != nullptr && activity->slot == *quiet && activity->hook == "connect" ? 1 : 0;
  };
  for (auto n = unlimited.poll(std::chrono::milliseconds(0), sink); n && *n > 0;)
    n = unlimited.poll(std::chrono::milliseconds(0), sink);
  EXPECT_EQ(told, 1U);
  EXPECT_EQ(unlimited.lost(*quiet), Losses{});
  EXPECT_GT(unlimited.lost(*loud)["ring_full"], 10000U);
}

TEST(Accounting, AFloodOfOneTimeKeysPushesNobodyOut) {
  Arena quiet;
  quiet.trigger("nothing");
  const auto first = quiet.trigger("udp4");
  ASSERT_EQ(count_of(first, "connect"), 1U);
  for (const Activity& a : first.activities) ASSERT_TRUE(sensor().set_known(a.key));
  Arena flooding;
  const auto uncached = connects().uncached;
  for (int i = 0; i < 100 && connects().uncached == uncached; i++) {
    std::vector<Key> keys;
    for (const Activity& a : flooding.trigger("flood").activities) keys.push_back(a.key);
    ASSERT_TRUE(sensor().set_known(keys));
  }
  EXPECT_GT(connects().uncached, uncached);  // it has had its share of the cache
  EXPECT_EQ(count_of(quiet.trigger("udp4"), "connect"), 0U);
}

TEST(Accounting, AnotherFileBehindTheSamePathIsNew) {
  Arena arena;
  arena.trigger("nothing");
  const auto execs = [&] { return count_of(arena.run({"/image-file", "nothing"}), "exec"); };
  EXPECT_EQ(execs(), 1U);
  EXPECT_EQ(execs(), 0U);
  arena.rewrite("/image-file");
  EXPECT_EQ(execs(), 1U);
  arena.rewrite("/image-file");
  EXPECT_EQ(execs(), 1U);
}

TEST(Accounting, WhatIsCutOffIsMarkedAndNeverKnown) {
  Arena arena;
  arena.trigger("nothing");
  const std::string longer(700, 'x');
  for (int i = 0; i < 2; i++) {
    const auto recording = arena.run({"/trigger", "nothing", longer});
    ASSERT_EQ(count_of(recording, "exec"), 1U);
    EXPECT_TRUE(recording.activities.back().evidence.truncated);
    ASSERT_TRUE(sensor().set_known(recording.activities.back().key));
  }
}

}  // namespace
}  // namespace plimsoll::kernel_test
