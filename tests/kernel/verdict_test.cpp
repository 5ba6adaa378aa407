// The verdict cache: new behaviour once, then counted; and every event accounted for.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "agent/sensor/wire.h"
#include "tests/kernel/arena.h"

namespace plimsoll::kernel_test {
namespace {

HookCounters connects() {
  return sensor().counters().at("connect");
}

std::vector<Activity> connects_of(const Recording& r) {
  std::vector<Activity> found;
  for (const auto& a : r.activities)
    if (a.hook == "connect") found.push_back(a);
  return found;
}

TEST(Verdicts, AThousandConnectsAreOnePieceOfNewBehaviour) {
  Arena arena;
  const auto before = connects();
  const auto recording = arena.trigger("repeat");
  const auto after = connects();
  EXPECT_EQ(connects_of(recording).size(), 1U);
  // The counters are the whole host's: other containers may be started while this test runs.
  EXPECT_GE(after.seen - before.seen, 1000U);
  EXPECT_GE(after.known - before.known, 999U);
  EXPECT_EQ(total(after.lost), total(before.lost));
}

TEST(Verdicts, CountsGrowAndAreGivenOnce) {
  Arena arena;
  const auto recording = arena.trigger("repeat");
  const auto fresh = connects_of(recording);
  ASSERT_EQ(fresh.size(), 1U);
  ASSERT_TRUE(sensor().set_known({&fresh[0].key, 1}));
  const auto count_of = [&]() -> std::uint64_t {
    const auto counts = sensor().counts();
    if (!counts) throw std::runtime_error(counts.error().message);
    for (const auto& c : *counts)
      if (c.kind == fresh[0].kind) return c.more;
    return 0;
  };
  EXPECT_EQ(count_of(), 999U);  // the first came as an event
  EXPECT_EQ(count_of(), 0U);    // nothing new
}

TEST(Verdicts, CountsAreExactWhereTwoProcessorsDoManyThings) {
  constexpr std::size_t kThings = 40;
  constexpr std::uint64_t kTimes = 500;
  Arena arena;
  const auto recording = arena.trigger("spread");
  ASSERT_EQ(recording.status, 0);
  const auto fresh = connects_of(recording);
  const auto counts = sensor().counts();
  ASSERT_TRUE(counts) << counts.error().message;
  // Of each, those that came as events (two at most, one of each process) and the repeats.
  std::map<Key, std::uint64_t> times;
  for (const Activity& a : fresh) ++times[a.kind];
  ASSERT_EQ(times.size(), kThings);
  for (const KeyCount& c : *counts)
    if (c.slot == arena.slot() && times.contains(c.kind)) times[c.kind] += c.more;
  for (const auto& [kind, n] : times) EXPECT_EQ(n, 2 * kTimes);
}

TEST(Verdicts, ManyAreJudgedAtOnce) {
  Arena arena;
  arena.trigger("nothing");
  std::vector<Key> keys;
  for (const Activity& a : arena.trigger("flood").activities) keys.push_back(a.key);
  ASSERT_GT(keys.size(), 2U * PL_SET_KNOWN_BATCH);
  ASSERT_TRUE(sensor().set_known(keys));
  std::size_t reported_again = 0;
  const std::set<Key> known(keys.begin(), keys.end());
  const auto again = arena.trigger("flood");
  for (const Activity& a : again.activities) reported_again += known.contains(a.key) ? 1 : 0;
  EXPECT_EQ(reported_again, 0U);
}

TEST(Verdicts, WhatWasJudgedStaysSilent) {
  Arena arena;
  arena.trigger("nothing");  // later runs are of one phase
  auto first = connects_of(arena.trigger("udp4"));
  ASSERT_EQ(first.size(), 1U);
  ASSERT_TRUE(sensor().set_known({&first[0].key, 1}));
  EXPECT_TRUE(connects_of(arena.trigger("udp4")).empty());
}

TEST(Verdicts, AnotherContainerBorrowsNone) {
  Arena one;
  Arena other;
  const auto first = connects_of(one.trigger("udp4"));
  ASSERT_EQ(first.size(), 1U);
  ASSERT_TRUE(sensor().set_known({&first[0].key, 1}));
  EXPECT_EQ(connects_of(other.trigger("udp4")).size(), 1U);
}

TEST(Verdicts, ANewEpochJudgesAnew) {
  Arena arena;
  arena.trigger("nothing");
  const auto first = connects_of(arena.trigger("udp4"));
  ASSERT_EQ(first.size(), 1U);
  ASSERT_TRUE(sensor().set_known({&first[0].key, 1}));
  ASSERT_TRUE(sensor().set_epoch(arena.slot(), 2));
  EXPECT_EQ(connects_of(arena.trigger("udp4")).size(), 1U);
}

TEST(Verdicts, OtherArgumentsAreNewBehaviour) {
  Arena arena;
  arena.trigger("nothing");
  const auto execs = [&](const std::string& word) {
    const auto r = arena.run({"/trigger", "nothing", word});
    return std::count_if(r.activities.begin(), r.activities.end(),
                         [](const Activity& a) { return a.behaviour.action() == Action::exec; });
  };
  EXPECT_EQ(execs("a"), 1);
  EXPECT_EQ(execs("a"), 0);  // in flight: one is enough
  EXPECT_EQ(execs("b"), 1);
}

// Threads that wait in one call: with kprobes the kernel follows the ends of fewer than these.
class Crowd : public testing::TestWithParam<std::string> {};

TEST_P(Crowd, IsAccountedForToTheLast) {
  constexpr std::uint64_t kThreads = 64;
  const std::string hook = GetParam();
  Arena arena;
  arena.trigger("nothing");  // a container's first start makes mounts of its own
  const auto before = sensor().counters().at(hook);
  EXPECT_EQ(arena.trigger("crowd-" + hook).status, 0);
  const auto after = sensor().counters().at(hook);
  if (hook == "mount" && (attached_by(hook, "tp_btf/cap_capable") || attached_by(hook, "lsm")))
    EXPECT_LT(after.seen - before.seen, kThreads) << "they wait before anything is asked";
  else
    EXPECT_GE(after.seen - before.seen, kThreads);
  EXPECT_EQ(after.seen, after.known + after.emitted + total(after.lost));
  const std::uint64_t missed = after.lost.at("missed") - before.lost.at("missed");
  EXPECT_EQ(sensor().lost(arena.slot()), missed ? (Losses{{"missed", missed}}) : Losses{});
  if (attached_by(hook, "kprobe"))
    EXPECT_GT(missed, 0U) << "so its limit need not be said any more";
  else
    EXPECT_EQ(missed, 0U);
}

INSTANTIATE_TEST_SUITE_P(Verdicts, Crowd, testing::Values("connect", "mount"));

TEST(Verdicts, TheSumHoldsForEveryHook) {
  Arena arena;
  for (const char* what : {"setuid", "mount", "repeat", "packet", "unshare", "new-mount-api", "fork"})
    arena.trigger(what);
  for (const auto& [hook, c] : sensor().counters())
    EXPECT_EQ(c.seen, c.known + c.emitted + total(c.lost)) << hook;
}

}  // namespace
}  // namespace plimsoll::kernel_test
