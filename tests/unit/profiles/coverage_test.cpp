// Estimates against numbers worked out by hand.
#include "profiles/coverage.h"

#include <gtest/gtest.h>

#include "tests/unit/profiles/evidence.h"

namespace plimsoll {
namespace {

using namespace plimsoll::testing;

TEST(Coverage, CountsSingletonsAndDoubletonsOverAllHosts) {
  const Coverage c = coverage(profile_of(100, {4, 3, 2, 5}));
  EXPECT_EQ(c.minutes.units, 100);
  EXPECT_EQ(c.five_minutes.units, 20);
  EXPECT_EQ(c.behaviours, 14);
  EXPECT_EQ(c.minutes.singletons, 3);
  EXPECT_EQ(c.minutes.doubletons, 2);  // one minute on each of two hosts
}

TEST(Coverage, WhatIsQuarantinedCountsNowhere) {
  Profile p = profile_of(100, {0, 3, 2});
  Entry& alone = p.behaviours.begin()->second;
  alone.seen_by.add("c1");
  alone.peers = 5;
  const Coverage c = coverage(p);
  EXPECT_EQ(c.behaviours, 4);
  EXPECT_EQ(c.quarantined, 1);
  EXPECT_EQ(c.minutes.singletons, 2);
}

// Whether runc executes itself before or after it has joined the container's cgroup is a race.
TEST(Coverage, WhatARuntimeDoesInSetupIsNeitherNewBehaviourNorQuarantined) {
  Profile p = profile_of(100, {0, 3, 2});
  auto taken = p.behaviours.extract(p.behaviours.begin());
  taken.key().phase = Phase::setup;
  taken.mapped().peers = 5;
  EXPECT_FALSE(quarantined(taken.key(), taken.mapped()));
  p.behaviours.insert(std::move(taken));
  const Coverage c = coverage(p);
  EXPECT_EQ(c.behaviours, 4);
  EXPECT_EQ(c.quarantined, 0);
  EXPECT_EQ(c.minutes.singletons, 2);
}

TEST(Coverage, GoodTuringByHand) {
  // f1 = 10, f2 = 4, n = 1000: unseen 0.01; the bound 10 + 1.645 * sqrt(10 * 0.99 + 2 * 4) = 16.9597
  const Incidence c{.units = 1000, .singletons = 10, .doubletons = 4};
  EXPECT_DOUBLE_EQ(c.unseen(), 0.01);
  EXPECT_NEAR(c.singletons_bound(), 16.9597, 1e-3);
  EXPECT_NEAR(c.unseen_bound(), 0.0169597, 1e-6);
}

TEST(Coverage, RuleOfThreeWhereNoSingletonIsLeft) {
  const Incidence c{.units = 1440, .singletons = 0, .doubletons = 7};
  EXPECT_EQ(c.unseen(), 0);
  EXPECT_DOUBLE_EQ(c.unseen_bound(), 3.0 / 1440);
}

TEST(Coverage, ABoundIsNeverBelowTheRuleOfThreeAndUnseenNeverAboveOne) {
  // one singleton: 1 + 1.645 * sqrt(0.99) = 2.64, less than three
  EXPECT_EQ((Incidence{.units = 100, .singletons = 1, .doubletons = 0}.singletons_bound()), 3.0);
  EXPECT_EQ((Incidence{.units = 2, .singletons = 9, .doubletons = 0}.unseen_bound()), 1);
  EXPECT_EQ(Incidence{}.unseen(), 1);
  EXPECT_EQ(Incidence{}.unseen_bound(), 1);
}

TEST(Coverage, ChaoByHand) {
  // 50 + 999/1000 * 10 * 9 / (2 * (4 + 1)) = 58.991
  const Coverage c{
      .minutes = {.units = 1000, .singletons = 10, .doubletons = 4}, .five_minutes = {}, .behaviours = 50};
  EXPECT_NEAR(c.richness(), 58.991, 1e-9);
  const Coverage all_seen{
      .minutes = {.units = 1000, .singletons = 0, .doubletons = 4}, .five_minutes = {}, .behaviours = 50};
  EXPECT_EQ(all_seen.richness(), 50);
  EXPECT_EQ(Coverage{}.richness(), 0);
}

TEST(Coverage, TheUnitThatShowsMoreDecides) {
  // Nine bursts of two minutes each: no singleton by minutes, nine by five: 9 + 1.645 * sqrt(9 * 0.91)
  // = 13.707
  Profile p = profile_of(500, {0, 0, 9});
  for (auto& [behaviour, entry] : p.behaviours) entry.shares = {{"h1", {2, 1, 9, 0}}};
  const Coverage c = coverage(p);
  EXPECT_EQ(c.minutes.singletons, 0);
  EXPECT_EQ(c.five_minutes.singletons, 9);
  EXPECT_NEAR(c.singletons_bound(), 13.708, 1e-3);
}

TEST(Coverage, ByClassWhatCouldBeSeenAndWhatWas) {
  Profile p = profile_of(100, {0, 3});
  p.behaviours[{Phase::steady, "/x", ConnectObject{"tcp", "public", 443}, Outcome::attempt}].shares["h1"] = {
      1, 1, 1, 0};
  const auto classes = coverage_by_class(p);
  ASSERT_EQ(classes.size(), 3);
  EXPECT_EQ(classes.at(Action::socket).minutes.singletons, 3);
  EXPECT_EQ(classes.at(Action::connect).minutes.singletons, 1);
  EXPECT_EQ(classes.at(Action::exec).minutes.singletons, 0);
  EXPECT_EQ(classes.at(Action::exec).minutes.units, 100);
}

TEST(Observed, ContainerDaysWhateverTheNumberOfContainers) {
  Profile p = profile_of(720, {0, 0, 0, 4});
  EXPECT_DOUBLE_EQ(observed(p).days, 0.5);
  EXPECT_EQ(observed(p).lifetimes, 2);
  EXPECT_FALSE(observed(p).job);
  p.shares["h2"] = {720, 144, 5, kNow};
  EXPECT_DOUBLE_EQ(observed(p).days, 1);
}

TEST(Observed, AJobsDaysAreThoseOfTheWall) {
  // A run of one minute every hour for two days; one thing is done in every fourth.
  Profile p = profile_of(48, {0, 0, 0, 1});
  p.shares["h1"] = {48, 48, 48, kNow};
  p.behaviours.begin()->second.shares = {{"h1", {13, 13, 13, kNow}}};
  p.behaviours.begin()->second.first_seen = kNow - 2 * kDay;
  p.generations["sha256:1"].began = kNow - 2 * kDay;
  EXPECT_TRUE(observed(p).job);
  EXPECT_DOUBLE_EQ(observed(p).days, 2);
  EXPECT_DOUBLE_EQ(observed(p).period, 4 * 3600);
  p.shares["h1"].minutes = 48 * 6;  // no job: six minutes each
  EXPECT_FALSE(observed(p).job);
  EXPECT_DOUBLE_EQ(observed(p).days, 48 * 6 / 1440.0);
  p.stable_since = kNow - kDay;  // a hung run does not undo that it was stable
  EXPECT_DOUBLE_EQ(observed(p).days, 2);
  p.shares["h1"] = {4, 4, 4, kNow};  // too few to tell
  EXPECT_FALSE(observed(p).job);
}

TEST(Observed, APeriodIsWhatAContainerTakesToDoItAgain) {
  Profile p = profile_of(1440, {0, 0, 0, 1});  // a day of a lone container
  Entry& e = p.behaviours.begin()->second;
  e.shares = {{"h1", {3, 3, 3, kNow}}};
  EXPECT_EQ(observed(p).period, 0) << "it came back twice";
  e.shares = {{"h1", {4, 4, 4, kNow}}};
  EXPECT_DOUBLE_EQ(observed(p).period, 8 * 3600);
  // In one container after the other, each of which does it once.
  for (const auto* id : {"c1", "c2", "c3", "c4"}) e.seen_by.add(id);
  EXPECT_DOUBLE_EQ(observed(p).period, 8 * 3600);
  // In each of 24 that run at once, whether at the same time or not.
  p.shares["h1"] = {24 * 1440, 24 * 288, 24, kNow};
  e.shares = {{"h1", {96, 96, 96, kNow}}};
  EXPECT_NEAR(observed(p).period, 24.0 * 86400 / 95, 1e-6);
}

// Each life is a whole unit from its first second on: five of them are not 150 containers at once.
TEST(Observed, APeriodOfSecondsIsNoneOfMinutes) {
  Profile p = profile_of(1440, {0, 0, 0, 1});
  Entry& e = p.behaviours.begin()->second;
  e.first_seen = p.generations["sha256:1"].began = kNow - 10 * kNsPerSecond;
  e.shares = p.shares = {{"h1", {5, 5, 5, kNow}}};
  EXPECT_DOUBLE_EQ(observed(p).period, 10.0 / 4 * 5);
}

TEST(Observed, WhatIsQuarantinedKeepsNothingWaiting) {
  Profile p = profile_of(1440, {0, 0, 0, 2});
  Entry& alone = p.behaviours.begin()->second;
  alone.seen_by.add("c1");
  alone.peers = 5;
  alone.first_seen = kNow;
  alone.shares = {{"h1", {9, 9, 9, kNow + kDay}}};
  p.behaviours.rbegin()->second.shares = {{"h1", {1440, 289, 9, kNow}}};
  EXPECT_DOUBLE_EQ(observed(p).quiet, 86400);
  EXPECT_DOUBLE_EQ(observed(p).period, 300);
}

TEST(Coverage, WhatIsAllowedIsNoSingleton) {
  Profile p = profile_of(100, {0, 3});
  p.behaviours.begin()->second.allowed = true;
  EXPECT_EQ(coverage(p).minutes.singletons, 2);
  EXPECT_EQ(coverage(p).behaviours, 3);
}

TEST(Observed, QuietIsSinceTheLatestNewBehaviour) {
  Profile p = profile_of(1440, {0, 0, 2});
  EXPECT_DOUBLE_EQ(observed(p).quiet, 86400);
  p.behaviours.begin()->second.first_seen = kNow - 600 * kNsPerSecond;
  EXPECT_DOUBLE_EQ(observed(p).quiet, 600);
  for (auto& [behaviour, entry] : p.behaviours) entry.first_seen = 0;  // written by hand
  EXPECT_EQ(observed(p).quiet, 0);
  p.generations["sha256:1"].began = kNow - 1200 * kNsPerSecond;
  EXPECT_DOUBLE_EQ(observed(p).quiet, 1200);
}

}  // namespace
}  // namespace plimsoll
