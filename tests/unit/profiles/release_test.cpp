// What is a release, what it brought, and what of that is believed when.
#include "profiles/release.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiles/coverage.h"
#include "profiles/key.h"
#include "profiles/learner.h"
#include "tests/unit/profiles/evidence.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using namespace plimsoll::testing;

constexpr WallNs kHour = 3600 * kNsPerSecond;

class Release : public ::testing::Test {
 protected:
  Release() {
    note("1", kNow - 10 * kDay);
    see("1", 0, kNow - 10 * kDay, false);
    see("1", 1, kNow - 10 * kDay, false);
    profile.stable_since = kNow - 5 * kDay;
    note("2", kNow);
  }
  void note(const std::string& tag, WallNs time) {
    Container container;
    container.repository = "web";
    container.image = "web:" + tag;
    container.image_id = tag;
    note_image(profile, container, time);
  }
  void see(const std::string& image, int number, WallNs time, bool rollout = true) {
    learner.observe(
        profile, socket_of(0, number),
        {.container = "c" + image, .host = "h", .image = image, .time = time, .rollout = rollout});
  }
  [[nodiscard]] bool rolls_out(const std::string& image, WallNs now) const {
    return in_rollout(profile, image, profile.stable_since, now);
  }

  Profile profile;
  Learner learner;
};

TEST_F(Release, IsAnImageThatBeganWhileItsLineageWasStableForTwoDays) {
  EXPECT_FALSE(rolls_out("1", kNow)) << "it was learned";
  EXPECT_TRUE(rolls_out("2", kNow + 47 * kHour));
  EXPECT_FALSE(rolls_out("2", kNow + 48 * kHour));
  EXPECT_FALSE(rolls_out("3", kNow)) << "unknown";
  EXPECT_FALSE(in_rollout(profile, "2", 0, kNow)) << "not stable";
  EXPECT_FALSE(in_rollout(profile, "2", kNow + kHour, kNow + kHour)) << "stable only since then";
  EXPECT_EQ(rollouts(profile, profile.stable_since, kNow), 1U);
}

TEST_F(Release, WhatItBringsIsBelievedOnceItHasBeenSeenForHalfADay) {
  see("2", 2, kNow + kHour);
  const Entry& entry = profile.behaviours.at(socket_of(0, 2));
  EXPECT_TRUE(on_trial(entry));
  EXPECT_FALSE(profile.contains(socket_of(0, 2)));
  EXPECT_TRUE(expected(socket_of(0, 2), entry, {.rollout = true, .now = kNow + 12 * kHour}));
  EXPECT_FALSE(expected(socket_of(0, 2), entry, {.rollout = false, .now = kNow + 12 * kHour}));
  see("2", 2, kNow + 12 * kHour);
  EXPECT_TRUE(on_trial(entry));
  see("2", 2, kNow + 13 * kHour);
  EXPECT_FALSE(on_trial(entry));
  EXPECT_TRUE(profile.contains(socket_of(0, 2)));
}

TEST_F(Release, OfOneThatIsTakenBackNothingStays) {
  see("2", 2, kNow + kHour);
  see("2", 2, kNow + 3 * kHour);
  const Entry& entry = profile.behaviours.at(socket_of(0, 2));
  const WallNs later = kNow + 7 * kDay;
  see("1", 0, later, false);
  EXPECT_FALSE(profile.contains(socket_of(0, 2)));
  EXPECT_FALSE(expected(socket_of(0, 2), entry, {.rollout = true, .now = later})) << "to be told of again";
}

TEST_F(Release, WhatAPersonAllowedIsOnNoTrial) {
  see("2", 2, kNow + kHour);
  profile.behaviours.at(socket_of(0, 2)).allowed = true;
  EXPECT_TRUE(profile.contains(socket_of(0, 2)));
}

TEST_F(Release, WhatIsOnTrialIsNoSingleton) {
  const auto before = coverage(profile);
  see("2", 2, kNow + kHour);
  EXPECT_EQ(coverage(profile).minutes.singletons, before.minutes.singletons);
  EXPECT_EQ(coverage(profile).behaviours, before.behaviours);
}

TEST_F(Release, TheDiffNamesWhatCameAndWhatWent) {
  see("2", 0, kNow + kHour);  // and number 1 no more
  see("2", 2, kNow + kHour);
  auto diff = release_diff(profile, "1", "2");
  EXPECT_THAT(diff.added, ElementsAre(socket_of(0, 2)));
  EXPECT_THAT(diff.gone, ElementsAre(socket_of(0, 1)));
  diff = release_diff(profile, "2", "1");
  EXPECT_THAT(diff.added, ElementsAre(socket_of(0, 1)));
  note("3", kNow + kDay);
  see("3", 1, kNow + kDay);
  see("3", 3, kNow + kDay);
  diff = release_diff(profile, "2", "3");
  EXPECT_THAT(diff.added, ElementsAre(socket_of(0, 3))) << "what 1 and 3 do, 2 is taken to do";
}

}  // namespace
}  // namespace plimsoll
