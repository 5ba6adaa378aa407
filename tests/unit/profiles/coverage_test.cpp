// Coverage against numbers worked out by hand, and the states that follow.
#include "profiles/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plimsoll {
namespace {

using testing::HasSubstr;
using testing::StrEq;

constexpr WallNs kNow = 1'780'000'000 * kNsPerSecond;

/// `minutes` container-minutes, two lifetimes; `seen[i]` behaviours seen in i minutes, on two hosts where it
/// can be.
Profile profile_of(std::uint64_t minutes, const std::vector<int>& seen) {
  Profile p;
  p.classes = {Action::exec, Action::socket};
  p.shares["h1"] = {minutes, 2, kNow};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (int k = 0; k < seen[i]; ++k) {
      Entry& e = p.behaviours[{Phase::steady, "/app" + std::to_string(i) + "-" + std::to_string(k),
                               SocketObject{"packet", "raw"}, Outcome::ok}];
      e.first_seen = kNow - 100 * kNsPerSecond;
      if (i > 0) e.shares["h1"] = {1, 1, 0};
      if (i > 1) e.shares["h2"] = {i - 1, 9, 0};
    }
  }
  return p;
}

AssessOptions by_evidence() {
  AssessOptions o;
  o.now = kNow;
  return o;
}

TEST(Coverage, CountsSingletonsAndDoubletonsOverAllHosts) {
  const Coverage c = coverage(profile_of(100, {4, 3, 2, 5}));
  EXPECT_EQ(c.units, 100);
  EXPECT_EQ(c.behaviours, 14);
  EXPECT_EQ(c.singletons, 3);
  EXPECT_EQ(c.doubletons, 2);  // one minute on each of two hosts
}

TEST(Coverage, GoodTuringByHand) {
  // f1 = 10, f2 = 4, n = 1000: unseen 0.01; the bound 10 + 1.645 * sqrt(10 * 0.99 + 2 * 4) = 16.9597
  const Coverage c{.units = 1000, .singletons = 10, .doubletons = 4, .behaviours = 50};
  EXPECT_DOUBLE_EQ(c.unseen(), 0.01);
  EXPECT_NEAR(c.singletons_bound(), 16.9597, 1e-3);
  EXPECT_NEAR(c.unseen_bound(), 0.0169597, 1e-6);
  EXPECT_NEAR(c.news_per_day().value(), 24.4219, 1e-2);
}

TEST(Coverage, RuleOfThreeWhereNoSingletonIsLeft) {
  const Coverage c{.units = 1440, .singletons = 0, .doubletons = 7, .behaviours = 9};
  EXPECT_EQ(c.unseen(), 0);
  EXPECT_DOUBLE_EQ(c.unseen_bound(), 3.0 / 1440);
  EXPECT_DOUBLE_EQ(c.news_per_day().value(), 3.0);
}

TEST(Coverage, ABoundIsNeverBelowTheRuleOfThreeAndUnseenNeverAboveOne) {
  // one singleton: 1 + 1.645 * sqrt(0.99) = 2.64, less than three
  EXPECT_EQ((Coverage{.units = 100, .singletons = 1, .doubletons = 0, .behaviours = 1}.singletons_bound()),
            3.0);
  EXPECT_EQ((Coverage{.units = 2, .singletons = 9, .doubletons = 0, .behaviours = 9}.unseen_bound()), 1);
  EXPECT_EQ(Coverage{}.unseen(), 1);
  EXPECT_EQ(Coverage{}.news_per_day(), std::nullopt);
}

TEST(Coverage, ByClassOnlyWhatCouldBeSeen) {
  Profile p = profile_of(100, {0, 3});
  p.behaviours[{Phase::steady, "/x", ConnectObject{"tcp", "public", 443}, Outcome::attempt}].shares["h1"] = {
      1, 1, 0};
  const auto classes = coverage_by_class(p);
  ASSERT_EQ(classes.size(), 2);
  EXPECT_EQ(classes.at(Action::socket).singletons, 3);
  EXPECT_EQ(classes.at(Action::exec).singletons, 0);
  EXPECT_EQ(classes.at(Action::exec).units, 100);
}

TEST(Assess, NothingSeen) {
  const Assessment a = assess(Profile{}, by_evidence());
  EXPECT_EQ(a.state, State::none);
  EXPECT_EQ(a.predicted_news_per_day, std::nullopt);
  EXPECT_EQ(a.progress, 0);
}

TEST(Assess, ADayOfALoneContainerWithoutSingletonsIsEnough) {
  EXPECT_EQ(assess(profile_of(1439, {0, 0, 0, 9}), by_evidence()).state, State::learning);
  const Assessment a = assess(profile_of(1440, {0, 0, 0, 9}), by_evidence());
  EXPECT_EQ(a.state, State::stable);
  EXPECT_EQ(a.progress, 1);
  EXPECT_THAT(a.reason,
              StrEq("stable: predicted 3.0 news a day, allowed 3.0; 24 container-hours, 2 containers"));
}

TEST(Assess, WhileLearningItSaysHowMuchIsMissing) {
  // n = 180, no singletons: 3 * 1440 / 180 = 24 a day; 1440 - 180 = 1260 minutes = 21 hours to go
  const Assessment a = assess(profile_of(180, {0, 0, 3, 9}), by_evidence());
  EXPECT_EQ(a.state, State::learning);
  EXPECT_DOUBLE_EQ(a.predicted_news_per_day.value(), 24);
  EXPECT_DOUBLE_EQ(a.container_hours_to_go.value(), 21);
  EXPECT_DOUBLE_EQ(a.progress, 0.125);
  EXPECT_THAT(a.reason,
              StrEq("learning: predicted 24.0 news a day, needs <= 3.0; about 21 more container-hours"));
  AssessOptions o = by_evidence();
  o.replicas = 24;
  EXPECT_THAT(assess(profile_of(180, {0, 0, 3, 9}), o).reason, HasSubstr("(53 min with 24 replicas)"));
}

TEST(Assess, OneLifetimeIsNotEnough) {
  Profile p = profile_of(5000, {0, 0, 0, 9});
  p.shares["h1"].count = 1;
  const Assessment a = assess(p, by_evidence());
  EXPECT_EQ(a.state, State::learning);
  EXPECT_LT(a.progress, 1);
  EXPECT_THAT(a.reason, HasSubstr("needs a second container's start"));
}

TEST(Assess, MoreNewsMayBeAllowed) {
  AssessOptions o = by_evidence();
  o.max_news_per_day = 24;
  EXPECT_EQ(assess(profile_of(180, {0, 0, 3, 9}), o).state, State::stable);
}

TEST(Assess, StillNewsAfterAWeekIsUnstable) {
  const Assessment a = assess(profile_of(7 * 1440, {0, 60, 3, 9}), by_evidence());
  EXPECT_EQ(a.state, State::unstable);
  EXPECT_THAT(a.reason, HasSubstr("60 behaviours were seen only once"));
  EXPECT_EQ(assess(profile_of(7 * 1440 - 1, {0, 60, 3, 9}), by_evidence()).state, State::learning);
  EXPECT_EQ(assess(profile_of(7 * 1440, {0, 5, 3, 9}), by_evidence()).state, State::stable);
}

TEST(Assess, ByTimeSaysSo) {
  AssessOptions o = by_evidence();
  o.stable_after_ns = 20 * kNsPerSecond;
  o.started = kNow - 20 * kNsPerSecond;
  EXPECT_EQ(assess(profile_of(1, {0, 9}), o).state, State::stable);
  EXPECT_THAT(assess(profile_of(1, {0, 9}), o).reason, StrEq("stable by time: 20s since first seen"));
  o.started = kNow - 5 * kNsPerSecond;
  EXPECT_EQ(assess(profile_of(1, {0, 9}), o).state, State::learning);
  EXPECT_THAT(assess(profile_of(1, {0, 9}), o).reason, StrEq("learning by time: 5s of 20s"));
  EXPECT_DOUBLE_EQ(assess(profile_of(1, {0, 9}), o).progress, 0.25);
  o.started = 0;  // the first behaviour was seen 100 s ago
  EXPECT_EQ(assess(profile_of(1, {0, 9}), o).state, State::stable);
  EXPECT_EQ(assess(Profile{}, o).state, State::none);
}

TEST(Assess, LimitsLocksAndAge) {
  AssessOptions o = by_evidence();
  o.locked = true;
  EXPECT_EQ(assess(profile_of(1, {0, 9}), o).state, State::locked);
  o.limits.entries = 9;
  EXPECT_EQ(assess(profile_of(1, {0, 9}), o).state, State::too_large);
  EXPECT_EQ(assess(profile_of(1, {0, 8}), o).state, State::locked);
  o = by_evidence();
  o.now = kNow + o.stale_after_ns;
  EXPECT_EQ(assess(profile_of(1440, {0, 0, 0, 9}), o).state, State::stable);
  o.now += 1;
  EXPECT_EQ(assess(profile_of(1440, {0, 0, 0, 9}), o).state, State::stale);
  EXPECT_THAT(assess(profile_of(1440, {0, 0, 0, 9}), o).reason, StrEq("stale: last observed 30 days ago"));
}

TEST(Assess, StatesHaveTheirPublicNames) {
  EXPECT_EQ(name(State::none), "none");
  EXPECT_EQ(name(State::too_large), "too_large");
  EXPECT_EQ(name(State::stale), "stale");
}

}  // namespace
}  // namespace plimsoll
