// Globs, the stream, the known keys, the rules as configured.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/engine/event_broadcaster.h"
#include "agent/engine/glob.h"
#include "agent/engine/rule_set.h"
#include "agent/engine/verdict_cache.h"
#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using namespace plimsoll::testing;
using std::chrono::milliseconds;

TEST(Glob, StarMatchesAnyRun) {
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("shop/*", "shop/web"));
  EXPECT_TRUE(matches("*/web*", "registry/shop/web-2"));
  EXPECT_TRUE(matches("a*b*c", "axxbxbxc"));
  EXPECT_FALSE(matches("shop", "shop/web"));
  EXPECT_FALSE(matches("a*b", "ac"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("a.c", "abc"));
}

TEST(Glob, AHostilePatternEndsQuickly) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) {
    pattern += "*a";
  }
  EXPECT_FALSE(matches(pattern + "b", std::string(10'000, 'a')));
}

BroadcastEvent broadcast_event(const std::string& id) {
  return {exec(1, "/x"), container(id), Verdict::known, {}};
}

TEST(EventBroadcaster, ASlowSubscriberLosesEventsAndIsTold) {
  EventBroadcaster stream;
  const auto slow = std::make_shared<Subscription>(EventFilter{}, 2);
  stream.subscribe(slow);
  for (int i = 0; i < 5; ++i) {
    stream.publish(broadcast_event("a"));
  }
  EXPECT_EQ(slow->dropped(), 3U);
  EXPECT_NE(slow->next(milliseconds(0)), nullptr);
  EXPECT_NE(slow->next(milliseconds(0)), nullptr);
  EXPECT_EQ(slow->next(milliseconds(0)), nullptr);
}

TEST(EventBroadcaster, OnlyTheContainerThatWasAskedFor) {
  EventBroadcaster stream;
  const auto one = std::make_shared<Subscription>(EventFilter{"a", {}});
  stream.subscribe(one);
  EXPECT_TRUE(stream.wanted(*container("a"), Action::exec));
  EXPECT_FALSE(stream.wanted(*container("b"), Action::exec));
  stream.publish(broadcast_event("b"));
  EXPECT_EQ(one->next(milliseconds(0)), nullptr);
}

TEST(EventBroadcaster, OnlyTheActionThatWasAskedFor) {
  EventBroadcaster stream;
  const auto one = std::make_shared<Subscription>(EventFilter{"", Action::mount});
  stream.subscribe(one);
  EXPECT_TRUE(stream.wanted(*container("a"), Action::mount));
  EXPECT_FALSE(stream.wanted(*container("a"), Action::exec));
  stream.publish(broadcast_event("a"));
  EXPECT_EQ(one->next(milliseconds(0)), nullptr) << "it was an exec";
}

TEST(EventBroadcaster, NobodyWantsAnythingAfterTheLastHasGone) {
  EventBroadcaster stream;
  auto one = std::make_shared<Subscription>(EventFilter{});
  stream.subscribe(one);
  one.reset();
  EXPECT_FALSE(stream.wanted(*container("a"), Action::exec));
}

CachedVerdict of_slot(Slot slot) {
  CachedVerdict cached;
  cached.slot = slot;
  return cached;
}

TEST(VerdictCache, TheOldestGoesFirst) {
  VerdictCache keys(2);
  for (const std::uint32_t n : {1U, 2U, 3U}) {
    keys.put(key_of_number(n), {});
  }
  EXPECT_EQ(keys.find(key_of_number(1)), nullptr);
  EXPECT_NE(keys.find(key_of_number(3)), nullptr);
  EXPECT_EQ(keys.size(), 2U);
}

TEST(VerdictCache, AKeyToldAgainIsJudgedAnew) {
  VerdictCache keys;
  keys.put(key_of_number(1), {});
  keys.put(key_of_number(1), of_slot(4));
  EXPECT_EQ(keys.find(key_of_number(1))->slot, 4U);
}

TEST(VerdictCache, AFloodPushesOutOnlyItsOwn) {
  VerdictCache keys(100, 2);
  keys.put(key_of_number(1), of_slot(1));
  for (const std::uint32_t n : {2U, 3U, 4U}) {
    keys.put(key_of_number(n), of_slot(2));
  }
  EXPECT_NE(keys.find(key_of_number(1)), nullptr);
  EXPECT_EQ(keys.find(key_of_number(2)), nullptr);
  EXPECT_NE(keys.find(key_of_number(4)), nullptr);
}

TEST(VerdictCache, WhenAllIsFullTheCrowdedOnesGiveWay) {
  VerdictCache keys(8, 4);
  for (const std::uint32_t n : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U}) {
    keys.put(key_of_number(n), of_slot(n <= 4 ? 1 : 2));
  }
  keys.put(key_of_number(9), of_slot(3));
  keys.put(key_of_number(10), of_slot(3));
  EXPECT_EQ(keys.size(), 8U);
  EXPECT_NE(keys.find(key_of_number(9)), nullptr);
  EXPECT_NE(keys.find(key_of_number(10)), nullptr);
  for (const std::uint32_t newest : {4U, 8U}) {
    EXPECT_NE(keys.find(key_of_number(newest)), nullptr) << newest;
  }
}

TEST(VerdictCache, RepeatsAreHandedOnOnceInOne) {
  VerdictCache keys;
  keys.put(key_of_number(1), of_slot(1));
  EXPECT_NE(keys.repeat(key_of_number(1), {2, 20, 5}), nullptr);
  EXPECT_NE(keys.repeat(key_of_number(1), {1, 10, 4}), nullptr);
  EXPECT_EQ(keys.repeat(key_of_number(2), {1, 10, 4}), nullptr);
  int calls = 0;
  for (int i = 0; i < 2; ++i) {
    keys.flush([&](const CachedVerdict& cached, const Repeats& repeats) {
      ++calls;
      EXPECT_EQ(cached.slot, 1U);
      EXPECT_EQ(repeats.count, 3U);
      EXPECT_EQ(repeats.time, 20);
      EXPECT_EQ(repeats.since_start, 5U);
    });
  }
  EXPECT_EQ(calls, 1);
}

TEST(VerdictCache, RepeatsOfWhatIsPushedOutAreHandedOn) {
  VerdictCache keys(1);
  keys.put(key_of_number(1), of_slot(1));
  keys.repeat(key_of_number(1), {2, 20, 5});
  keys.put(key_of_number(2), of_slot(1));
  std::uint64_t settled = 0;
  keys.flush([&](const CachedVerdict&, const Repeats& repeats) { settled += repeats.count; });
  EXPECT_EQ(settled, 2U);
}

TEST(VerdictCache, ASlotsKeysGoWithIt) {
  VerdictCache keys;
  keys.put(key_of_number(1), of_slot(1));
  keys.put(key_of_number(2), of_slot(2));
  keys.forget_slots({1});
  EXPECT_EQ(keys.find(key_of_number(1)), nullptr);
  EXPECT_NE(keys.find(key_of_number(2)), nullptr);
}

TEST(RuleSet, DisabledOverriddenAndExcludedRules) {
  const RuleSet book(test_detectors(), {{"test.new", {.enabled = false, .severity = {}, .exclude = {}}},
                                        {"test.fileless",
                                         {.enabled = true,
                                          .severity = Severity::low,
                                          .exclude = {{"shop/*", "", ""}, {"", "build-*", "runner"}}}}});
  ASSERT_EQ(book.rules().size(), 2U);
  const auto& fileless_rule = book.rules()[0];
  EXPECT_EQ(fileless_rule.severity(), Severity::low);
  EXPECT_EQ(book.rules()[1].severity(), Severity::high);
  EXPECT_FALSE(RuleSet::applies(book.rules()[1], *container("a")));
  EXPECT_FALSE(RuleSet::applies(fileless_rule, *container("a", "shop/web")));
  EXPECT_TRUE(RuleSet::applies(fileless_rule, *container("a", "other/web")));
  Container runner = *container("a", "other/web");
  runner.pod_namespace = "build-7";
  EXPECT_TRUE(RuleSet::applies(fileless_rule, runner)) << "every field of an exclusion has to match";
  runner.role = "runner";
  EXPECT_FALSE(RuleSet::applies(fileless_rule, runner));
}

}  // namespace
}  // namespace plimsoll
