#include "agent/store/last_watched.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace plimsoll {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(LastWatched, TellsTheTimeSince) {
  EXPECT_EQ(unwatched_ns(watched_text("boot-a", 5 * kSecond), "boot-a", 12 * kSecond), 7 * kSecond);
}

TEST(LastWatched, AnotherBootIsNoGap) {
  EXPECT_FALSE(unwatched_ns(watched_text("boot-a", 5 * kSecond), "boot-b", 12 * kSecond));
}

TEST(LastWatched, WhatIsNoNoteIsNone) {
  for (const char* text :
       {"", "boot-a", "boot-a then", "boot-a -5", "boot-a 99999999999999999999", "\xff\xff 3"})
    EXPECT_FALSE(unwatched_ns(text, "boot-a", 12 * kSecond)) << text;
  EXPECT_FALSE(unwatched_ns(watched_text("boot-a", 13 * kSecond), "boot-a", 12 * kSecond)) << "of the future";
}

TEST(LastWatched, ALaterNoteLeavesNothingOfAnEarlierOne) {
  EXPECT_EQ(watched_text("b", 123'456'789'012).size(), watched_text("b", 1).size());
}

class LastWatchedFile : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/plimsoll-watched-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string directory_;
};

TEST_F(LastWatchedFile, IsReadByTheNext) {
  {
    const auto first = LastWatched::open(directory_ + "/last");
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_FALSE(first->seconds());
    ASSERT_TRUE(first->note());
  }
  const auto next = LastWatched::open(directory_ + "/last");
  ASSERT_TRUE(next);
  ASSERT_TRUE(next->seconds());
  EXPECT_LT(*next->seconds(), 60);
}

TEST_F(LastWatchedFile, DoesNotFollowALink) {
  std::ofstream(directory_ + "/other") << "precious";
  std::filesystem::create_symlink("other", directory_ + "/last");
  const auto opened = LastWatched::open(directory_ + "/last");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find(directory_ + "/last"), std::string::npos) << opened.error().message;
}

}  // namespace
}  // namespace plimsoll
