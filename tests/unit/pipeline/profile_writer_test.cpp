// Writing behind the loop's back: retries, and an end.
#include "agent/pipeline/saver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using namespace plimsoll::testing;
using std::chrono::seconds;

Profile profile_of(const std::string& repository) {
  Profile profile;
  profile.lineage.repository = repository;
  return profile;
}

TEST(Saver, WritesWhatItIsGiven) {
  FakeStore store;
  Saver saver(store);
  saver.save(profile_of("web"));
  EXPECT_TRUE(saver.flush(seconds(5)));
  EXPECT_EQ(store.profiles.size(), 1U);
  EXPECT_EQ(saver.health().saved, 1U);
}

TEST(Saver, ARemovalTakesThePlaceOfACopyThatWaits) {
  FakeStore store;
  Saver saver(store, std::chrono::hours(1));
  saver.save(profile_of("web"));
  EXPECT_TRUE(saver.flush(seconds(5)));
  {
    const std::lock_guard lock(store.mutex);
    store.failure = "no space left";
  }
  saver.save(profile_of("web"));
  EXPECT_FALSE(saver.flush(seconds(5)));
  saver.remove({"web"});
  EXPECT_FALSE(saver.flush(seconds(5)));
  {
    const std::lock_guard lock(store.mutex);
    store.failure.clear();
  }
  EXPECT_TRUE(saver.flush(seconds(5)));
  EXPECT_TRUE(store.profiles.empty());
  EXPECT_EQ(saver.health().saved, 1U);
}

TEST(Saver, AFailureIsTriedAgainAndToldMeanwhile) {
  FakeStore store;
  store.failure = "no space left";
  Saver saver(store, std::chrono::hours(1));
  saver.save(profile_of("web"));
  EXPECT_FALSE(saver.flush(seconds(5)));
  EXPECT_EQ(saver.health().last_error, "no space left");
  EXPECT_TRUE(saver.unwritten(Lineage{"web"}));
  {
    const std::lock_guard lock(store.mutex);
    store.failure.clear();
  }
  EXPECT_TRUE(saver.flush(seconds(5)));
  EXPECT_EQ(saver.health().last_error, "");
  EXPECT_EQ(store.profiles.size(), 1U);
}

TEST(Saver, WhatWasDiscardedIsNotWritten) {
  FakeStore store;
  store.failure = "no space left";
  Saver saver(store, std::chrono::hours(1));
  saver.save(profile_of("web"));
  saver.flush(seconds(5));
  saver.discard();
  EXPECT_FALSE(saver.unwritten(Lineage{"web"}));
  EXPECT_TRUE(saver.flush(seconds(5)));
  EXPECT_TRUE(store.profiles.empty());
}

}  // namespace
}  // namespace plimsoll
