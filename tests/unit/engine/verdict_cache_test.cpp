// Verdicts: cached by kind within bounds, repeats handed on once, taken back for a lineage and for nothing
// else.
#include "agent/engine/verdict_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using namespace plimsoll::testing;

const Lineage kWeb{"shop/web", "default"}, kDb{"shop/db", "default"};

CachedVerdict of_slot(Slot slot) {
  CachedVerdict verdict;
  verdict.slot = slot;
  return verdict;
}

class VerdictCacheTest : public ::testing::Test {
 protected:
  VerdictCache make(VerdictCache::Limits limits = {}) {
    return {sensor,
            {.drain = [this] { ++drained; },
             .repeated = [this](const CachedVerdict& verdict,
                                const Repeats& repeats) { repeated.emplace_back(verdict.slot, repeats); },
             .check = [this](const Result<void>& done, std::string_view) { failed += done ? 0 : 1; }},
            limits};
  }

  FakeSensor sensor;
  int drained = 0, failed = 0;
  std::vector<std::pair<Slot, Repeats>> repeated;
};

TEST_F(VerdictCacheTest, TheOldestGoesFirst) {
  auto cache = make({.in_all = 2});
  for (const std::uint32_t n : {1U, 2U, 3U}) {
    cache.put(key_of_number(n), {});
  }
  EXPECT_EQ(cache.find(key_of_number(1)), nullptr);
  EXPECT_NE(cache.find(key_of_number(3)), nullptr);
  EXPECT_EQ(cache.size(), 2U);
}

TEST_F(VerdictCacheTest, TheLastVerdictOfAKindCounts) {
  auto cache = make();
  cache.put(key_of_number(1), {});
  cache.put(key_of_number(1), of_slot(4));
  EXPECT_EQ(cache.find(key_of_number(1))->slot, 4U);
}

TEST_F(VerdictCacheTest, AFloodPushesOutOnlyItsOwn) {
  auto cache = make({.in_all = 100, .per_slot = 2});
  cache.put(key_of_number(1), of_slot(1));
  for (const std::uint32_t n : {2U, 3U, 4U}) {
    cache.put(key_of_number(n), of_slot(2));
  }
  EXPECT_NE(cache.find(key_of_number(1)), nullptr);
  EXPECT_EQ(cache.find(key_of_number(2)), nullptr);
  EXPECT_NE(cache.find(key_of_number(4)), nullptr);
}

TEST_F(VerdictCacheTest, WhenAllIsFullTheCrowdedOnesGiveWay) {
  auto cache = make({.in_all = 8, .per_slot = 4});
  for (const std::uint32_t n : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U}) {
    cache.put(key_of_number(n), of_slot(n <= 4 ? 1 : 2));
  }
  cache.put(key_of_number(9), of_slot(3));
  cache.put(key_of_number(10), of_slot(3));
  EXPECT_EQ(cache.size(), 8U);
  EXPECT_NE(cache.find(key_of_number(9)), nullptr);
  EXPECT_NE(cache.find(key_of_number(10)), nullptr);
  for (const std::uint32_t newest : {4U, 8U}) {
    EXPECT_NE(cache.find(key_of_number(newest)), nullptr) << newest;
  }
}

TEST_F(VerdictCacheTest, RepeatsAreHandedOnOnceInOne) {
  auto cache = make();
  cache.put(key_of_number(1), of_slot(1));
  EXPECT_NE(cache.repeat(key_of_number(1), {2, 20, 5}), nullptr);
  EXPECT_NE(cache.repeat(key_of_number(1), {1, 10, 4}), nullptr);
  EXPECT_EQ(cache.repeat(key_of_number(2), {1, 10, 4}), nullptr);
  cache.flush();
  cache.flush();
  ASSERT_THAT(repeated, SizeIs(1));
  EXPECT_EQ(repeated[0].first, 1U);
  EXPECT_EQ(repeated[0].second.count, 3U);
  EXPECT_EQ(repeated[0].second.time, 20);
  EXPECT_EQ(repeated[0].second.since_start, 5U);
}

TEST_F(VerdictCacheTest, RepeatsOfWhatIsDisplacedAreHandedOn) {
  auto cache = make({.in_all = 1});
  cache.put(key_of_number(1), of_slot(1));
  cache.repeat(key_of_number(1), {2, 20, 5});
  cache.put(key_of_number(2), of_slot(1));
  cache.flush();
  ASSERT_THAT(repeated, SizeIs(1));
  EXPECT_EQ(repeated[0].second.count, 2U);
}

TEST_F(VerdictCacheTest, ASlotsVerdictsGoWithItHereAndInTheKernel) {
  auto cache = make();
  cache.admit(1, kWeb);
  cache.put(key_of_number(1), of_slot(1));
  cache.put(key_of_number(2), of_slot(2));
  cache.forget({1});
  EXPECT_EQ(cache.find(key_of_number(1)), nullptr);
  EXPECT_NE(cache.find(key_of_number(2)), nullptr);
  EXPECT_THAT(sensor.forgotten, ElementsAre(1U));
  sensor.epochs.clear();
  cache.invalidate(kWeb, Invalidation::decision);
  EXPECT_THAT(sensor.epochs, IsEmpty()) << "a slot that is gone has no epoch";
}

TEST_F(VerdictCacheTest, InvalidatingALineageTakesAllItsVerdictsAndNoOthers) {
  auto cache = make();
  cache.admit(1, kWeb);
  cache.admit(2, kWeb);
  cache.admit(3, kDb);
  for (const std::uint32_t n : {1U, 2U, 3U}) {
    cache.put(key_of_number(n), of_slot(n));
  }
  cache.invalidate(kWeb, Invalidation::pruned);
  EXPECT_EQ(cache.find(key_of_number(1)), nullptr);
  EXPECT_EQ(cache.find(key_of_number(2)), nullptr);
  EXPECT_NE(cache.find(key_of_number(3)), nullptr);
  EXPECT_THAT(sensor.epochs, ElementsAre(Pair(1, 2), Pair(2, 2), Pair(3, 1)));
  EXPECT_EQ(cache.invalidations().at(Invalidation::pruned), 1U);
  cache.admit(4, kWeb);
  EXPECT_EQ(sensor.epochs.at(4), 2U) << "a slot that comes later is of the same epoch";
  cache.invalidate_all(Invalidation::settings);
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_THAT(sensor.epochs, ElementsAre(Pair(1, 3), Pair(2, 3), Pair(3, 2), Pair(4, 3)));
}

TEST_F(VerdictCacheTest, WhatWasCountedUntilThenIsDrainedFirst) {
  bool cached_at_drain = false;
  VerdictCache* here = nullptr;
  VerdictCache cache(sensor, {.drain = [&] { cached_at_drain = here->find(key_of_number(1)) != nullptr; },
                              .repeated = [](const CachedVerdict&, const Repeats&) {},
                              .check = [](const Result<void>&, std::string_view) {}});
  here = &cache;
  cache.admit(1, kWeb);
  cache.put(key_of_number(1), of_slot(1));
  cache.invalidate(kWeb, Invalidation::reload);
  EXPECT_TRUE(cached_at_drain) << "or the counts belong to nothing";
}

TEST_F(VerdictCacheTest, TheProfileMayChangeBeforeItsVerdictsAreTakenBack) {
  auto cache = make();
  cache.admit(1, kWeb);
  {
    std::map<Behaviour, int> profile{{exec(1, "/bin/a").behaviour, 1}};
    auto verdict = of_slot(1);
    verdict.learned = cache.intern(profile.begin()->first);
    cache.put(key_of_number(1), std::move(verdict));
  }
  EXPECT_EQ(*cache.find(key_of_number(1))->learned, exec(1, "/bin/a").behaviour)
      << "a copy of the cache's own";
}

TEST_F(VerdictCacheTest, VerdictsAboutOneBehaviourShareItsCopyAndUnusedCopiesGo) {
  auto cache = make({.in_all = 2});
  const auto one = cache.intern(exec(1, "/bin/a").behaviour);
  EXPECT_EQ(cache.intern(exec(2, "/bin/a").behaviour), one);
  const std::weak_ptr<const Behaviour> unused = cache.intern(exec(1, "/bin/unused").behaviour);
  for (int i = 0; i < 3000; ++i) {
    cache.intern(exec(1, "/bin/" + std::to_string(i)).behaviour);
  }
  EXPECT_TRUE(unused.expired());
}

TEST_F(VerdictCacheTest, KnownKeysAreSentInOneCall) {
  auto cache = make();
  cache.mark_known(key_of_number(1));
  cache.mark_known(key_of_number(2));
  EXPECT_THAT(sensor.verdict_keys, IsEmpty());
  cache.send();
  cache.send();
  EXPECT_THAT(sensor.verdict_keys, ElementsAre(key_of_number(1), key_of_number(2)));
  EXPECT_EQ(sensor.set_known_calls, 1);
}

TEST_F(VerdictCacheTest, AKeyThatIsInvalidatedIsNotSentAsKnown) {
  auto cache = make();
  cache.mark_known(key_of_number(1));
  cache.mark_known(key_of_number(2));
  const std::vector<Key> renamed{key_of_number(1)};
  cache.invalidate(renamed);
  cache.send();
  EXPECT_THAT(sensor.verdict_keys, ElementsAre(key_of_number(2)));
}

}  // namespace
}  // namespace plimsoll
