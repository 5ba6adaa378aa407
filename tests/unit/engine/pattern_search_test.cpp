// What is remembered of patterns, and how much is looked for.
#include "agent/engine/pattern_search.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

constexpr WallNs kNow = 1'780'000'000 * kNsPerSecond;
constexpr int kManySearches = 10'000;

Behaviour socket_at(const std::string& path) {
  return {Phase::steady, "/app", ConnectObject{"unix", path, 0}, Outcome::attempt};
}
Behaviour worker(int n) {
  return socket_at("/run/app/worker-" + std::to_string(n) + ".sock");
}
const std::string kWorkers = "/run/app/worker-<n>.sock";

class PatternSearchTest : public testing::Test {
 protected:
  void know(int workers) {
    for (int n = 0; n < workers; ++n) profile.behaviours[worker(n)].shares["h"].count = 1;
  }
  /// The destination of the pattern that covers it; empty: none.
  std::string covers(const Behaviour& b, WallNs time = kNow) {
    const auto* found = search.covering(profile, b, time);
    return found == nullptr ? "" : std::get<ConnectObject>(found->match.pattern.object).dest;
  }

  Profile profile;
  PatternSearch search;
};

TEST_F(PatternSearchTest, OneWithExamplesEnoughIsRememberedUntilSomethingIsRemoved) {
  know(kExamplesKept);
  EXPECT_EQ(covers(worker(100)), kWorkers);
  profile.behaviours.clear();
  EXPECT_EQ(covers(worker(101)), kWorkers);
  search.forget();
  EXPECT_EQ(covers(worker(101)), "");
}

TEST_F(PatternSearchTest, WhatWasRemovedIsCoveredByNoneThatIsRemembered) {
  know(kExamplesKept);
  EXPECT_EQ(covers(worker(100)), kWorkers);
  profile.tombstones.insert(worker(101));
  EXPECT_EQ(covers(worker(100)), kWorkers);
  EXPECT_EQ(covers(worker(101)), "");
}

TEST_F(PatternSearchTest, OfSeveralThatAreRememberedTheNarrowestIsTaken) {
  const auto at = [](int a, int b) {
    return socket_at("/run/a-" + std::to_string(a) + "/b-" + std::to_string(b));
  };
  for (int n = 10; n < 30; ++n) {
    profile.behaviours[at(n, 1)].shares["h"].count = 1;
    profile.behaviours[at(n, n)].shares["h"].count = 1;
  }
  for (int round = 0; round < 2; ++round) {  // looked for, and remembered
    EXPECT_EQ(covers(at(100 + round, 1)), "/run/a-<n>/b-1");
    EXPECT_EQ(covers(at(100 + round, 200 + round)), "/run/a-<n>/b-<n>");
    profile.behaviours.clear();
  }
}

TEST_F(PatternSearchTest, OneThatStillGainsExamplesIsLookedForEachTime) {
  know(kExamplesNeeded);
  EXPECT_EQ(covers(worker(100)), kWorkers);
  know(kExamplesNeeded + 1);
  EXPECT_EQ(search.covering(profile, worker(101), kNow)->match.examples, kExamplesNeeded + 1);
  profile.behaviours.clear();
  EXPECT_EQ(covers(worker(102)), "");
}

TEST_F(PatternSearchTest, AFullSecondOfUnlikeNamesDoesNotHideAPattern) {
  know(kExamplesKept);
  EXPECT_EQ(covers(worker(100)), kWorkers);
  for (int n = 0; n < kManySearches; ++n)
    ASSERT_EQ(covers(socket_at("/run/" + std::to_string(n) + "/x")), "");
  EXPECT_EQ(covers(worker(101)), kWorkers);
  search.forget();
  EXPECT_EQ(covers(worker(102)), "");  // it would have to be looked for
  EXPECT_EQ(covers(worker(102), kNow + kNsPerSecond), kWorkers);
}

TEST_F(PatternSearchTest, WhoDrawsManyNamesOfOnePatternASecondHasThemAllKnown) {
  know(kExamplesKept);
  for (int n = 0; n < kManySearches; ++n) ASSERT_EQ(covers(worker(1000 + n)), kWorkers);
}

}  // namespace
}  // namespace plimsoll
