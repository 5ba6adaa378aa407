// Globs, the stream, the known keys, the rules as configured.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/engine/glob.h"
#include "agent/engine/known_keys.h"
#include "agent/engine/rule_book.h"
#include "agent/engine/stream.h"
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

TEST(Stream, ASlowSubscriberLosesEventsAndIsTold) {
  Stream stream;
  const auto slow = std::make_shared<Subscription>(StreamFilter{}, 2);
  stream.subscribe(slow);
  for (int i = 0; i < 5; ++i) {
    stream.publish(stream_event("a"));
  }
  EXPECT_EQ(slow->dropped(), 3U);
  EXPECT_NE(slow->next(milliseconds(0)), nullptr);
  EXPECT_NE(slow->next(milliseconds(0)), nullptr);
  EXPECT_EQ(slow->next(milliseconds(0)), nullptr);
}

TEST(Stream, OnlyTheContainerThatWasAskedFor) {
  Stream stream;
  const auto one = std::make_shared<Subscription>(StreamFilter{"a", {}});
  stream.subscribe(one);
  EXPECT_TRUE(stream.wanted(*container("a"), Action::exec));
  EXPECT_FALSE(stream.wanted(*container("b"), Action::exec));
  stream.publish(stream_event("b"));
  EXPECT_EQ(one->next(milliseconds(0)), nullptr);
}

TEST(Stream, OnlyTheActionThatWasAskedFor) {
  Stream stream;
  const auto one = std::make_shared<Subscription>(StreamFilter{"", Action::mount});
  stream.subscribe(one);
  EXPECT_TRUE(stream.wanted(*container("a"), Action::mount));
  EXPECT_FALSE(stream.wanted(*container("a"), Action::exec));
  stream.publish(stream_event("a"));
  EXPECT_EQ(one->next(milliseconds(0)), nullptr) << "it was an exec";
}

TEST(Stream, NobodyWantsAnythingAfterTheLastHasGone) {
  Stream stream;
  auto one = std::make_shared<Subscription>(StreamFilter{});
  stream.subscribe(one);
  one.reset();
  EXPECT_FALSE(stream.wanted(*container("a"), Action::exec));
}

Judgement of_slot(Slot slot) {
  Judgement judgement;
  judgement.slot = slot;
  return judgement;
}

TEST(KnownKeys, TheOldestGoesFirst) {
  KnownKeys keys(2);
  for (const std::uint32_t n : {1U, 2U, 3U}) {
    keys.put(key_of_number(n), {});
  }
  EXPECT_EQ(keys.find(key_of_number(1)), nullptr);
  EXPECT_NE(keys.find(key_of_number(3)), nullptr);
  EXPECT_EQ(keys.size(), 2U);
}

TEST(KnownKeys, AKeyToldAgainIsJudgedAnew) {
  KnownKeys keys;
  keys.put(key_of_number(1), {});
  keys.put(key_of_number(1), of_slot(4));
  EXPECT_EQ(keys.find(key_of_number(1))->slot, 4U);
}

TEST(KnownKeys, AFloodPushesOutOnlyItsOwn) {
  KnownKeys keys(100, 2);
  keys.put(key_of_number(1), of_slot(1));
  for (const std::uint32_t n : {2U, 3U, 4U}) {
    keys.put(key_of_number(n), of_slot(2));
  }
  EXPECT_NE(keys.find(key_of_number(1)), nullptr);
  EXPECT_EQ(keys.find(key_of_number(2)), nullptr);
  EXPECT_NE(keys.find(key_of_number(4)), nullptr);
}

TEST(KnownKeys, WhenAllIsFullTheCrowdedOnesGiveWay) {
  KnownKeys keys(8, 4);
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

TEST(KnownKeys, RepeatsAreHandedOnOnceInOne) {
  KnownKeys keys;
  keys.put(key_of_number(1), of_slot(1));
  EXPECT_NE(keys.repeat(key_of_number(1), {2, 20, 5}), nullptr);
  EXPECT_NE(keys.repeat(key_of_number(1), {1, 10, 4}), nullptr);
  EXPECT_EQ(keys.repeat(key_of_number(2), {1, 10, 4}), nullptr);
  int calls = 0;
  for (int i = 0; i < 2; ++i) {
    keys.settle([&](const Judgement& judgement, const Repeats& repeats) {
      ++calls;
      EXPECT_EQ(judgement.slot, 1U);
      EXPECT_EQ(repeats.count, 3U);
      EXPECT_EQ(repeats.time, 20);
      EXPECT_EQ(repeats.since_start, 5U);
    });
  }
  EXPECT_EQ(calls, 1);
}

TEST(KnownKeys, RepeatsOfWhatIsPushedOutAreHandedOn) {
  KnownKeys keys(1);
  keys.put(key_of_number(1), of_slot(1));
  keys.repeat(key_of_number(1), {2, 20, 5});
  keys.put(key_of_number(2), of_slot(1));
  std::uint64_t settled = 0;
  keys.settle([&](const Judgement&, const Repeats& repeats) { settled += repeats.count; });
  EXPECT_EQ(settled, 2U);
}

TEST(KnownKeys, ASlotsKeysGoWithIt) {
  KnownKeys keys;
  keys.put(key_of_number(1), of_slot(1));
  keys.put(key_of_number(2), of_slot(2));
  keys.forget_slots({1});
  EXPECT_EQ(keys.find(key_of_number(1)), nullptr);
  EXPECT_NE(keys.find(key_of_number(2)), nullptr);
}

TEST(RuleBook, DisabledOverriddenAndExcludedRules) {
  const RuleBook book(test_detectors(), {{"test.new", {.enabled = false, .severity = {}, .exclude = {}}},
                                         {"test.fileless",
                                          {.enabled = true,
                                           .severity = Severity::low,
                                           .exclude = {{"shop/*", "", ""}, {"", "build-*", "runner"}}}}});
  ASSERT_EQ(book.rules().size(), 2U);
  const auto& fileless_rule = book.rules()[0];
  EXPECT_EQ(fileless_rule.severity(), Severity::low);
  EXPECT_EQ(book.rules()[1].severity(), Severity::high);
  EXPECT_FALSE(RuleBook::applies(book.rules()[1], *container("a")));
  EXPECT_FALSE(RuleBook::applies(fileless_rule, *container("a", "shop/web")));
  EXPECT_TRUE(RuleBook::applies(fileless_rule, *container("a", "other/web")));
  Container runner = *container("a", "other/web");
  runner.pod_namespace = "build-7";
  EXPECT_TRUE(RuleBook::applies(fileless_rule, runner)) << "every field of an exclusion has to match";
  runner.role = "runner";
  EXPECT_FALSE(RuleBook::applies(fileless_rule, runner));
}

}  // namespace
}  // namespace plimsoll
