// A small fleet for some days; the whole one is tests/bench/fleet_week.cpp.
#include "tests/unit/profiles/fleet.h"

#include <gtest/gtest.h>

namespace plimsoll::testing {
namespace {

TEST(Fleet, ShortLivedNodesConvergeAndReleasesAreTold) {
  const auto out = run_fleet({.replicas = 10, .releases = 4, .poisoned_on = 2, .days = 4}, 1);
  EXPECT_GE(out.active, out.minutes * 9 / 10);
  EXPECT_GT(out.changed, 1U);
  EXPECT_LE(out.release_alerts + out.false_alerts, out.releases);
  EXPECT_EQ(out.poison, 3U);
  EXPECT_EQ(out.poison_told, 1U);
  EXPECT_EQ(out.poison_absorbed, 0U);
  EXPECT_LT(out.largest, 100'000U) << "of all nodes that ever were, few are in the profile";
}

TEST(Fleet, JobsConvergeToo) {
  const auto out = run_fleet({.replicas = 4, .releases = 0.5, .run_minutes = 10, .days = 4}, 2);
  EXPECT_GE(out.active, out.minutes * 9 / 10);
  EXPECT_LE(out.false_alerts, 1U);
}

}  // namespace
}  // namespace plimsoll::testing
