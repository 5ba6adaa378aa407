// What is old goes, and nothing is counted twice or lost by it.
#include "profiles/retire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiles/coverage.h"
#include "profiles/toml_codec.h"
#include "tests/unit/profiles/evidence.h"
#include "tests/unit/profiles/random_profile.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace plimsoll::testing;

const std::string kAll{kGone};

TEST(Condense, KeepsCoverageAndTotalsAndIsDoneOnce) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const Profile whole = random_profile(random);
    Profile small = whole;
    condense(small, static_cast<WallNs>(seed) * 200'000'000'000'000);
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto before = coverage(whole), after = coverage(small);
    EXPECT_EQ(after.minutes.units, before.minutes.units);
    EXPECT_EQ(after.minutes.singletons, before.minutes.singletons);
    EXPECT_EQ(after.minutes.doubletons, before.minutes.doubletons);
    EXPECT_EQ(after.five_minutes.singletons, before.five_minutes.singletons);
    EXPECT_EQ(total(small.shares).last_seen, total(whole.shares).last_seen);
    Profile again = small;
    condense(again, small.gone_before);
    EXPECT_EQ(to_toml(again), to_toml(small));
    merge(again, again);
    EXPECT_EQ(to_toml(again), to_toml(small)) << "it is a profile like any other";
    const auto read = profile_from_toml(to_toml(small), "x");
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, small);
  }
}

TEST(Condense, AHostThatHasGoneIsNotCountedTwiceWhateverItIsMergedWith) {
  Profile whole = profile_of(100, {0, 1, 2});
  whole.shares["h2"] = {50, 10, 1, kNow - kDay};
  whole.lost["h2"] = 7;
  const auto before = total(whole.shares);
  Profile small = whole;
  condense(small, kNow - 1);
  EXPECT_EQ(small.shares.count("h2"), 0U);
  EXPECT_EQ(small.lost, (std::map<std::string, std::uint64_t>{{kAll, 7}}));
  EXPECT_EQ(total(small.shares), before);
  merge(small, whole);  // one who has not heard of it yet
  EXPECT_EQ(total(small.shares), before);
  EXPECT_EQ(coverage(small).minutes.doubletons, coverage(whole).minutes.doubletons);
  EXPECT_EQ(small.shares.count("h2"), 0U);
}

TEST(Condense, WhatWasSeenOftenCountsNoFurther) {
  Profile whole = profile_of(100, {0});
  Entry& entry = whole.behaviours[socket_of(9, 0)];
  entry.shares["h1"] = {20, 5, 100, kNow};
  entry.shares["h3"] = {20, 5, 100, kNow};
  Profile small = whole;
  condense(small, 0);
  EXPECT_EQ(small.behaviours.at(socket_of(9, 0)).shares,
            (std::map<std::string, Share>{{kAll, {kEnough, kEnough, kEnough, kNow}}}));
  for (int i = 0; i < 10; i++) {
    merge(small, whole);
    condense(small, 0);
  }
  EXPECT_EQ(small.behaviours.at(socket_of(9, 0)).shares.at(kAll).minutes, kEnough);
}

TEST(Fade, WhatNoNewerImageShowsGoes) {
  Profile profile = profile_of(100, {0, 1, 0, 1});
  profile.behaviours.at(socket_of(1, 0)).shares["h1"].last_seen = kNow - 31 * kDay;
  profile.behaviours.at(socket_of(3, 0)).shares["h1"].last_seen = kNow - 29 * kDay;
  profile.generations["1"].began = kNow - 90 * kDay;
  EXPECT_THAT(prunable(profile), IsEmpty()) << "no other image has come since";
  profile.generations["2"].began = kNow - 30 * kDay;
  EXPECT_THAT(prunable(profile), ElementsAre(socket_of(1, 0)));
  profile.behaviours.at(socket_of(1, 0)).allowed = true;
  EXPECT_THAT(prunable(profile), IsEmpty());
  prune(profile, {socket_of(3, 0)});
  EXPECT_FALSE(profile.behaviours.contains(socket_of(3, 0)));
}

TEST(Fade, OfManyImagesTheLatestStay) {
  Profile profile;
  for (int i = 0; i < 100; i++) profile.generations[std::to_string(i)].began = kNow + i * kDay;
  prune(profile, {});
  EXPECT_EQ(profile.generations.size(), kMostGenerations);
  EXPECT_TRUE(profile.generations.contains("99"));
  EXPECT_FALSE(profile.generations.contains("67"));
}

}  // namespace
}  // namespace plimsoll
