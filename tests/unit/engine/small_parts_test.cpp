// Globs, the stream, the rules as configured.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/engine/event_broadcaster.h"
#include "agent/engine/glob.h"
#include "agent/engine/rule_set.h"
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

TEST(RuleSet, DisabledOverriddenAndExcludedRules) {
  const RuleSet rules(test_detectors(), {{"test.new", {.enabled = false, .severity = {}, .exclude = {}}},
                                         {"test.fileless",
                                          {.enabled = true,
                                           .severity = Severity::low,
                                           .exclude = {{"shop/*", "", ""}, {"", "build-*", "runner"}}}}});
  ASSERT_EQ(rules.rules().size(), 2U);
  const auto& fileless_rule = rules.rules()[0];
  EXPECT_EQ(fileless_rule.severity(), Severity::low);
  EXPECT_EQ(rules.rules()[1].severity(), Severity::high);
  EXPECT_FALSE(RuleSet::applies(rules.rules()[1], *container("a")));
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
