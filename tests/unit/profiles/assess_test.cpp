// The states, what decides them, and what they say.
#include "profiles/assess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/profiles/evidence.h"

namespace plimsoll {
namespace {

using namespace plimsoll::testing;
using ::testing::HasSubstr;
using ::testing::StrEq;

AssessOptions by_evidence() {
  AssessOptions o;
  o.now = kNow;
  return o;
}

TEST(Assess, NothingSeen) {
  const Assessment a = assess(Profile{}, by_evidence());
  EXPECT_EQ(a.state, State::none);
  EXPECT_EQ(a.predicted_new_behaviours_per_day, std::nullopt);
  EXPECT_EQ(a.progress, 0);
}

TEST(Assess, ADayOfALoneContainerWithoutSingletonsIsEnough) {
  EXPECT_EQ(assess(profile_of(1439, {0, 0, 0, 9}), by_evidence()).state, State::learning);
  const Assessment a = assess(profile_of(1440, {0, 0, 0, 9}), by_evidence());
  EXPECT_EQ(a.state, State::stable);
  EXPECT_EQ(a.progress, 1);
  EXPECT_DOUBLE_EQ(a.predicted_new_behaviours_per_day.value(), 3);
  EXPECT_THAT(a.reason,
              StrEq("stable: up to 3 new exec behaviours a day expected (limit 3); 24 container-hours, 2 "
                    "containers; last new one 24 h ago"));
}

TEST(Assess, AnHourOfTwentyFourReplicasIsEnough) {
  Profile p = profile_of(1440, {0, 0, 0, 9});
  for (auto& [behaviour, entry] : p.behaviours) entry.first_seen = kNow - 3600 * kNsPerSecond;
  EXPECT_EQ(assess(p, by_evidence()).state, State::stable);
}

TEST(Assess, WhileLearningItSaysHowMuchIsMissing) {
  // n = 180 minutes = 1/8 day, no singletons: 3 / (1/8) = 24 a day; 1440 - 180 = 1260 minutes = 21 hours to
  // go
  const Assessment a = assess(profile_of(180, {0, 0, 3, 9}), by_evidence());
  EXPECT_EQ(a.state, State::learning);
  EXPECT_DOUBLE_EQ(a.predicted_new_behaviours_per_day.value(), 24);
  EXPECT_DOUBLE_EQ(a.container_hours_to_go.value(), 21);
  EXPECT_DOUBLE_EQ(a.progress, 0.125);
  EXPECT_THAT(a.reason,
              StrEq("learning: up to 24 new exec behaviours a day expected (limit 3); needs about 21 "
                    "more container-hours"));
  AssessOptions o = by_evidence();
  o.replicas = 24;
  EXPECT_THAT(assess(profile_of(180, {0, 0, 3, 9}), o).reason, HasSubstr("(53 min with 24 replicas)"));
  EXPECT_THAT(assess(profile_of(1, {0, 0, 0, 9}), by_evidence()).reason,
              HasSubstr("up to 4,320 new exec behaviours a day expected (limit 3)"));
}

TEST(Assess, TheClassWithTheMostNewBehaviourDecides) {
  // 20 singletons among sockets: 20 + 1.645 * sqrt(20 * (1 - 20/1440)) = 27.305 a day; exec has none: 3
  const Assessment a = assess(profile_of(1440, {0, 20, 0, 9}), by_evidence());
  EXPECT_EQ(a.state, State::learning);
  EXPECT_NEAR(a.predicted_new_behaviours_per_day.value(), 27.306, 1e-2);
  EXPECT_THAT(a.reason, HasSubstr("27.4 new socket behaviours a day expected (limit 3)"));
  EXPECT_DOUBLE_EQ(a.classes.at(Action::exec).per_day, 3);
}

TEST(Assess, FewSingletonsInEachOfTwoClassesAreJudgedEachByItself) {
  // One each: three to reckon with in each class; together they would be 2 + 1.645 * sqrt(2) = 4.3.
  Profile p = profile_of(1440, {0, 1, 0, 9});
  p.behaviours[{Phase::steady, "/x", ConnectObject{"tcp", "public", 443}, Outcome::attempt}] =
      p.behaviours.at(socket_of(1, 0));
  EXPECT_EQ(assess(p, by_evidence()).state, State::stable);
}

TEST(Assess, WhereUnitsOfFiveMinutesDisagreeItIsNotStable) {
  // Nine bursts of two minutes: 13.7 to reckon with by units of five, 3 by minutes.
  Profile p = profile_of(1440, {0, 0, 9});
  EXPECT_EQ(assess(p, by_evidence()).state, State::stable);
  for (auto& [behaviour, entry] : p.behaviours) entry.shares = {{"h1", {2, 1, 9, 0}}};
  const Assessment a = assess(p, by_evidence());
  EXPECT_EQ(a.state, State::learning);
  EXPECT_THAT(a.reason, HasSubstr(" new socket behaviours a day expected by five-minute units (limit 3)"));
}

TEST(Assess, OneLifetimeIsNotEnough) {
  Profile p = profile_of(5000, {0, 0, 0, 9});
  p.shares["h1"].count = 1;
  const Assessment a = assess(p, by_evidence());
  EXPECT_EQ(a.state, State::learning);
  EXPECT_DOUBLE_EQ(a.progress, 0.5);
  EXPECT_THAT(a.reason, HasSubstr("needs a second container to start"));
}

TEST(Assess, ItMustBeQuietForThreeOfTheLongestPeriods) {
  Profile p = profile_of(3 * 1440, {0, 0, 0, 9});
  Entry& hourly = p.behaviours.begin()->second;
  hourly.seen_by.add("c1");
  hourly.shares = {{"h1", {73, 73, 73, kNow}}};  // over three days
  hourly.first_seen = kNow - 3 * kDay;
  Entry& latest = p.behaviours.rbegin()->second;
  latest.first_seen = kNow - 10'799 * kNsPerSecond;
  Assessment a = assess(p, by_evidence());
  EXPECT_EQ(a.state, State::learning);
  EXPECT_THAT(a.reason,
              HasSubstr("; last new one 3 h ago (needs 3 h quiet, as one behaviour recurs every 60 min)"));
  EXPECT_GT(a.progress, 0.98);
  latest.first_seen = kNow - 10'800 * kNsPerSecond;
  EXPECT_EQ(assess(p, by_evidence()).state, State::stable);
}

TEST(Assess, WhatComesBackSoonerThanInFiveMinutesStillWantsFifteenMinutesOfQuiet) {
  Profile p = profile_of(1440, {0, 0, 0, 9});
  p.behaviours.begin()->second.first_seen = kNow - 899 * kNsPerSecond;
  EXPECT_EQ(assess(p, by_evidence()).state, State::learning);
  EXPECT_THAT(assess(p, by_evidence()).reason, HasSubstr("; last new one 15 min ago (needs 15 min quiet)"));
  p.behaviours.begin()->second.first_seen = kNow - 900 * kNsPerSecond;
  EXPECT_EQ(assess(p, by_evidence()).state, State::stable);
}

TEST(Assess, AnHourlyJobTakesADayAndNotSixty) {
  // 24 runs of under a minute; each does the same
  Profile p = profile_of(24, {});
  p.shares["h1"] = {24, 24, 24, kNow};
  p.behaviours[socket_of(0, 0)].shares["h1"] = {24, 24, 24, kNow};
  p.behaviours[socket_of(0, 0)].first_seen = kNow - kDay;
  const Assessment a = assess(p, by_evidence());
  EXPECT_EQ(a.state, State::stable);
  EXPECT_THAT(a.reason, HasSubstr("24 h of a job, 24 containers"));
  AssessOptions stricter = by_evidence();
  stricter.max_new_behaviours_per_day = 1;
  EXPECT_THAT(assess(p, stricter).reason, HasSubstr("; needs about 48 more hours"));
}

TEST(Assess, MoreNewBehaviourMayBeAllowed) {
  AssessOptions o = by_evidence();
  o.max_new_behaviours_per_day = 24;
  EXPECT_EQ(assess(profile_of(180, {0, 0, 3, 9}), o).state, State::stable);
}

TEST(Assess, StillNewBehaviourAfterAWeekIsUnstable) {
  const Assessment a = assess(profile_of(7 * 1440, {0, 60, 3, 9}), by_evidence());
  EXPECT_EQ(a.state, State::unstable);
  EXPECT_THAT(a.reason, HasSubstr("60 behaviours were seen only once"));
  EXPECT_EQ(assess(profile_of(7 * 1440 - 1, {0, 60, 3, 9}), by_evidence()).state, State::learning);
  EXPECT_EQ(assess(profile_of(7 * 1440, {0, 5, 3, 9}), by_evidence()).state, State::stable);
}

TEST(Assess, UnstableIsJudgedBeforeStable) {
  Profile p = profile_of(7 * 1440, {0, 60, 3, 9});
  p.stable_since = kNow - kDay;
  EXPECT_EQ(assess(p, by_evidence()).state, State::unstable);
}

TEST(Assess, AfterSomethingWasForgottenItIsLearnedForADayAgain) {
  const Profile p = profile_of(5000, {0, 0, 0, 9});
  AssessOptions o = by_evidence();
  o.forgotten_at = kNow - kDay / 2;
  const Assessment a = assess(p, o);
  EXPECT_EQ(a.state, State::learning);
  EXPECT_DOUBLE_EQ(a.predicted_new_behaviours_per_day.value(), 6);
  EXPECT_THAT(a.reason, HasSubstr("about 12 more container-hours"));
  o.forgotten_at = kNow - kDay;
  EXPECT_EQ(assess(p, o).state, State::stable);
  o.stable_after_ns = kDay;
  EXPECT_EQ(assess(p, o).state, State::stable);
  o.forgotten_at = kNow - kDay / 2;
  EXPECT_EQ(assess(p, o).state, State::learning);
}

TEST(Assess, WhatWasStableOnceNeedsNoQuietAgain) {
  Profile p = profile_of(1440, {0, 0, 0, 9});
  p.behaviours.begin()->second.first_seen = kNow - 1;
  EXPECT_EQ(assess(p, by_evidence()).state, State::learning);
  p.stable_since = kNow - kDay;
  EXPECT_EQ(assess(p, by_evidence()).state, State::stable);
  p.shares["h1"].minutes = 1000;  // whatever its containers do now, it was watched for a day
  EXPECT_EQ(assess(p, by_evidence()).state, State::stable);
  Profile with_new = profile_of(1440, {0, 20, 0, 9});  // but its prediction must hold
  with_new.stable_since = kNow - kDay;
  EXPECT_EQ(assess(with_new, by_evidence()).state, State::learning);
}

TEST(Assess, ByTimeSaysSo) {
  AssessOptions o = by_evidence();
  o.stable_after_ns = 20 * kNsPerSecond;
  o.started = kNow - 20 * kNsPerSecond;
  EXPECT_EQ(assess(profile_of(1, {0, 9}), o).state, State::stable);
  EXPECT_THAT(assess(profile_of(1, {0, 9}), o).reason, StrEq("stable by time: 20 s since first seen"));
  o.started = kNow - 5 * kNsPerSecond;
  EXPECT_EQ(assess(profile_of(1, {0, 9}), o).state, State::learning);
  EXPECT_THAT(assess(profile_of(1, {0, 9}), o).reason, StrEq("learning by time: 5 s of 20 s"));
  EXPECT_DOUBLE_EQ(assess(profile_of(1, {0, 9}), o).progress, 0.25);
  o.started = 0;  // the first behaviour was seen a minute ago
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
