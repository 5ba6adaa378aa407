// Counting of container-minutes, and what is not learned.
#include "profiles/learner.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

constexpr WallNs kMinute = 60 * kNsPerSecond;
constexpr WallNs kStart = 1000 * kMinute;

Behaviour socket(const std::string& family) {
  return {Phase::steady, "/app", SocketObject{family, "raw"}, Outcome::ok};
}

Sighting at(WallNs time, std::string_view container = "c1", std::uint64_t count = 1) {
  return {container, "h1", "sha256:1", time, static_cast<std::uint64_t>((time - kStart) / kNsPerSecond),
          count};
}

class LearnerTest : public testing::Test {
 protected:
  [[nodiscard]] const Entry& entry(const std::string& family) const {
    return profile.behaviours.at(socket(family));
  }

  Profile profile;
  Learner learner;
};

TEST_F(LearnerTest, AHundredTimesInOneMinuteIsOneMinuteAndAHundredOccurrences) {
  EXPECT_EQ(learner.observe(profile, socket("packet"), at(kStart)), Learned::added);
  for (int i = 1; i < 60; ++i)
    EXPECT_EQ(learner.observe(profile, socket("packet"), at(kStart + i * kNsPerSecond)), Learned::known);
  EXPECT_TRUE(learner.repeat(profile, socket("packet"), at(kStart + 59 * kNsPerSecond, "c1", 40)));
  EXPECT_EQ(entry("packet").shares.at("h1"), (Share{1, 1, 100, kStart + 59 * kNsPerSecond}));
  EXPECT_EQ(profile.shares.at("h1").minutes, 1);
}

TEST_F(LearnerTest, MinutesAreThoseOfTheContainersLife) {
  learner.observe(profile, socket("packet"), at(kStart + 59 * kNsPerSecond));
  learner.repeat(profile, socket("packet"), at(kStart + kMinute));
  EXPECT_EQ(entry("packet").shares.at("h1").minutes, 2);
  EXPECT_EQ(profile.shares.at("h1").minutes, 2);
}

TEST_F(LearnerTest, AJobOfLessThanAMinuteIsOneUnitWhereverTheWallClockStands) {
  const WallNs started = kStart + 50 * kNsPerSecond;  // ends in the next minute of the wall
  for (const WallNs after : {0, 5, 15}) {
    learner.observe(
        profile, socket("packet"),
        {"c1", "h1", "sha256:1", started + after * kNsPerSecond, static_cast<std::uint64_t>(after), 1});
  }
  EXPECT_EQ(entry("packet").shares.at("h1").minutes, 1);
  EXPECT_EQ(profile.shares.at("h1").minutes, 1);
  EXPECT_EQ(profile.shares.at("h1").five_minutes, 1);
}

TEST_F(LearnerTest, UnitsOfFiveMinutesAreCountedBesideThem) {
  for (const int minute : {0, 1, 4, 5, 6, 23})
    learner.observe(profile, socket("packet"), at(kStart + minute * kMinute));
  EXPECT_EQ(entry("packet").shares.at("h1").minutes, 6);
  EXPECT_EQ(entry("packet").shares.at("h1").five_minutes, 3);
  EXPECT_EQ(profile.shares.at("h1").five_minutes, 3);
}

TEST_F(LearnerTest, TwoContainersInOneMinuteAreTwoUnits) {
  learner.observe(profile, socket("packet"), at(kStart, "c1"));
  learner.observe(profile, socket("packet"), at(kStart, "c2"));
  EXPECT_EQ(entry("packet").shares.at("h1").minutes, 2);
  EXPECT_EQ(entry("packet").seen_by.estimate(), 2);
  EXPECT_EQ(profile.shares.at("h1").minutes, 2);
  EXPECT_EQ(profile.units.estimate(), 2);
}

TEST_F(LearnerTest, QuietMinutesCountForTheProfileOnly) {
  learner.observe(profile, socket("packet"), at(kStart));
  for (int minute = 0; minute < 10; ++minute) {
    learner.container_minute(profile, at(kStart + minute * kMinute));
    learner.container_minute(profile, at(kStart + minute * kMinute + 30 * kNsPerSecond));
  }
  EXPECT_EQ(profile.shares.at("h1").minutes, 10);
  EXPECT_EQ(profile.shares.at("h1").last_seen, kStart + 9 * kMinute);
  EXPECT_EQ(profile.units.estimate(), 10);
  EXPECT_EQ(entry("packet").shares.at("h1").minutes, 1);
}

TEST_F(LearnerTest, LateNewBehaviourOfAnEarlierMinuteStillCountsForItsBehaviour) {
  learner.observe(profile, socket("packet"), at(kStart));
  learner.observe(profile, socket("vsock"), at(kStart));
  learner.observe(profile, socket("packet"), at(kStart + 2 * kMinute));
  EXPECT_TRUE(learner.repeat(profile, socket("vsock"), at(kStart + kMinute)));
  EXPECT_EQ(entry("vsock").shares.at("h1").minutes, 2);
  learner.repeat(profile, socket("vsock"), at(kStart + kMinute));
  EXPECT_EQ(entry("vsock").shares.at("h1").minutes, 2);
}

TEST_F(LearnerTest, KeepsWhoWasFirstAndTheRangeSinceStart) {
  learner.observe(profile, socket("packet"), at(kStart + 70 * kNsPerSecond + 5, "c1"));
  learner.repeat(profile, socket("packet"), at(kStart + 300 * kNsPerSecond, "c2"));
  learner.observe(profile, socket("packet"), at(kStart + 20 * kNsPerSecond, "c3"));
  EXPECT_EQ(entry("packet").first_seen, kStart + 70 * kNsPerSecond);
  EXPECT_EQ(entry("packet").first_container, "c1");
  EXPECT_EQ(entry("packet").first_host, "h1");
  EXPECT_EQ(entry("packet").first_image, "sha256:1");
  EXPECT_EQ(entry("packet").since_start_min, 20);
  EXPECT_EQ(entry("packet").since_start_max, 300);
}

TEST_F(LearnerTest, OutcomesAreDifferentBehavioursWithMinutesOfTheirOwn) {
  Behaviour attempt{Phase::steady, "/app", ConnectObject{"tcp", "public", 443}, Outcome::attempt};
  Behaviour ok = attempt;
  ok.outcome = Outcome::ok;
  for (int minute = 0; minute < 2; ++minute) {
    learner.observe(profile, attempt, at(kStart + minute * kMinute));
    learner.observe(profile, ok, at(kStart + minute * kMinute));
  }
  EXPECT_EQ(profile.behaviours.at(attempt).shares.at("h1").minutes, 2);
  EXPECT_EQ(profile.behaviours.at(ok).shares.at("h1").minutes, 2);
}

TEST_F(LearnerTest, WhatAPersonRemovedIsNotLearnedAgain) {
  profile.tombstones.insert(socket("packet"));
  EXPECT_EQ(learner.observe(profile, socket("packet"), at(kStart)), Learned::removed);
  EXPECT_FALSE(learner.repeat(profile, socket("packet"), at(kStart)));
  EXPECT_TRUE(profile.behaviours.empty());
  EXPECT_EQ(profile.shares.at("h1").minutes, 1);  // the container was watched all the same
}

TEST_F(LearnerTest, RepeatsOfWhatIsNotInTheProfileAddNothing) {
  EXPECT_FALSE(learner.repeat(profile, socket("packet"), at(kStart)));
  EXPECT_TRUE(profile.behaviours.empty());
}

TEST(LearnerLimits, AFullProfileGoesOnCountingWhatItKnows) {
  Profile profile;
  Learner learner({.entries = 2, .bytes = 1000});
  EXPECT_EQ(learner.observe(profile, socket("a"), at(kStart)), Learned::added);
  EXPECT_EQ(learner.observe(profile, socket("b"), at(kStart)), Learned::added);
  EXPECT_EQ(learner.observe(profile, socket("c"), at(kStart)), Learned::full);
  EXPECT_EQ(learner.observe(profile, socket("a"), at(kStart + kMinute)), Learned::known);
  EXPECT_EQ(profile.behaviours.size(), 2);
}

TEST_F(LearnerTest, LifetimesAndLossesAreCountedByHost) {
  Learner::container_started(profile, "c1", "h1", kStart);
  Learner::container_started(profile, "c2", "h1", kStart);
  Learner::container_started(profile, "c2", "h1", kStart + 1);  // an agent that started again
  Learner::container_started(profile, "c3", "h2", kStart);
  Learner::lost(profile, "h1", 3);
  Learner::lost(profile, "h1", 4);
  EXPECT_EQ(profile.shares.at("h1"), (Share{0, 0, 2, kStart}));
  EXPECT_EQ(profile.shares.at("h2").count, 1);
  EXPECT_EQ(profile.lost.at("h1"), 7);
}

TEST_F(LearnerTest, CountsStopInsteadOfWrappingRound) {
  learner.observe(profile, socket("packet"), at(kStart, "c1", ~0ULL));
  learner.repeat(profile, socket("packet"), at(kStart, "c1", ~0ULL));
  EXPECT_EQ(entry("packet").shares.at("h1").count, kMaxCount);
}

TEST(LearnerFlood, AFloodCostsOnlyTheContainerThatMakesItAndNeverCountsTwice) {
  Profile profile;
  Learner learner({.entries = 20'000, .bytes = 10'000'000});
  for (int i = 0; i < 6000; ++i) learner.observe(profile, socket(std::to_string(i)), at(kStart, "evil"));
  for (int i = 0; i < 6000; ++i) learner.observe(profile, socket(std::to_string(i)), at(kStart, "evil"));
  for (const auto& [behaviour, entry] : profile.behaviours) ASSERT_EQ(entry.shares.at("h1").minutes, 1);
  // Another container, in the same minute and the next, is counted as ever.
  learner.observe(profile, socket("good"), at(kStart, "c1"));
  learner.observe(profile, socket("good"), at(kStart + kMinute, "c1"));
  EXPECT_EQ(profile.behaviours.at(socket("good")).shares.at("h1").minutes, 2);
  // Once its flood is over, so is the one that made it.
  learner.observe(profile, socket("5999"), at(kStart + 10 * kMinute, "evil"));
  learner.observe(profile, socket("5999"), at(kStart + 11 * kMinute, "evil"));
  EXPECT_EQ(profile.behaviours.at(socket("5999")).shares.at("h1").minutes, 3);
}

TEST_F(LearnerTest, WhatWasCountedBeforeALearnerBeganIsNotCountedAgain) {
  learner.observe(profile, socket("packet"), at(kStart + 6 * kMinute));
  Learner other;
  other.resume("c1", 0, 6 * 60 + 20);
  for (const std::string family : {"packet", "vsock"}) {
    other.observe(profile, socket(family), at(kStart + 6 * kMinute + 30 * kNsPerSecond));
    other.repeat(profile, socket(family), at(kStart + 7 * kMinute));
  }
  EXPECT_EQ(entry("packet").shares.at("h1"), (Share{2, 1, 3, kStart + 7 * kMinute}));
  EXPECT_EQ(profile.shares.at("h1").minutes, 2);
  EXPECT_EQ(profile.shares.at("h1").five_minutes, 1);
  EXPECT_EQ(entry("vsock").shares.at("h1").five_minutes, 1)
      << "what is new has been seen in one unit at least";
  other.repeat(profile, socket("packet"), at(kStart + 10 * kMinute));
  EXPECT_EQ(entry("packet").shares.at("h1").five_minutes, 2);
}

TEST_F(LearnerTest, AContainerThatIsStartedAgainHasUnitsOfItsOwn) {
  Sighting first = at(kStart + 9 * kMinute), second = at(kStart);
  second.life = kStart + 10 * kMinute;
  second.time = second.life;
  learner.observe(profile, socket("packet"), first);
  learner.observe(profile, socket("packet"), second);
  learner.repeat(profile, socket("packet"), first);  // the first one's counts come late
  second.since_start += 60;
  learner.observe(profile, socket("packet"), second);
  EXPECT_EQ(entry("packet").shares.at("h1").minutes, 3);
  EXPECT_EQ(profile.shares.at("h1").minutes, 3);
  learner.forget("c1", first.life);
  learner.observe(profile, socket("packet"), second);
  EXPECT_EQ(entry("packet").shares.at("h1").minutes, 3) << "the second life is not forgotten with the first";
}

TEST_F(LearnerTest, AForgottenContainerMayComeBack) {
  learner.observe(profile, socket("packet"), at(kStart));
  learner.forget("c1");
  learner.forget("c1");
  learner.observe(profile, socket("packet"), at(kStart + kMinute));
  EXPECT_EQ(entry("packet").shares.at("h1").minutes, 2);
}

}  // namespace
}  // namespace plimsoll
