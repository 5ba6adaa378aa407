// Writing behind the loop's back: retries, and an end.
#include "agent/pipeline/profile_writer.h"

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

TEST(ProfileWriter, WritesWhatItIsGiven) {
  FakeStore store;
  ProfileWriter writer(store);
  writer.save(profile_of("web"));
  EXPECT_TRUE(writer.flush(seconds(5)));
  EXPECT_EQ(store.profiles.size(), 1U);
  EXPECT_EQ(writer.health().saved, 1U);
}

TEST(ProfileWriter, ARemovalTakesThePlaceOfACopyThatWaits) {
  FakeStore store;
  ProfileWriter writer(store, std::chrono::hours(1));
  writer.save(profile_of("web"));
  EXPECT_TRUE(writer.flush(seconds(5)));
  {
    const std::lock_guard lock(store.mutex);
    store.failure = "no space left";
  }
  writer.save(profile_of("web"));
  EXPECT_FALSE(writer.flush(seconds(5)));
  writer.remove({"web"});
  EXPECT_FALSE(writer.flush(seconds(5)));
  {
    const std::lock_guard lock(store.mutex);
    store.failure.clear();
  }
  EXPECT_TRUE(writer.flush(seconds(5)));
  EXPECT_TRUE(store.profiles.empty());
  EXPECT_EQ(writer.health().saved, 1U);
}

TEST(ProfileWriter, AFailureIsTriedAgainAndToldMeanwhile) {
  FakeStore store;
  store.failure = "no space left";
  ProfileWriter writer(store, std::chrono::hours(1));
  writer.save(profile_of("web"));
  EXPECT_FALSE(writer.flush(seconds(5)));
  EXPECT_EQ(writer.health().last_error, "no space left");
  EXPECT_TRUE(writer.unwritten(Lineage{"web"}));
  {
    const std::lock_guard lock(store.mutex);
    store.failure.clear();
  }
  EXPECT_TRUE(writer.flush(seconds(5)));
  EXPECT_EQ(writer.health().last_error, "");
  EXPECT_EQ(store.profiles.size(), 1U);
}

TEST(ProfileWriter, WhatWasDiscardedIsNotWritten) {
  FakeStore store;
  store.failure = "no space left";
  ProfileWriter writer(store, std::chrono::hours(1));
  writer.save(profile_of("web"));
  writer.flush(seconds(5));
  writer.discard();
  EXPECT_FALSE(writer.unwritten(Lineage{"web"}));
  EXPECT_TRUE(writer.flush(seconds(5)));
  EXPECT_TRUE(store.profiles.empty());
}

}  // namespace
}  // namespace plimsoll
