// Gains of user id 0.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.uid0";

TEST(Uid0, AnyOfTheFourIds) {
  EXPECT_EQ(message(kRule, setid("101", "0")), "nginx became root: its user IDs changed from 101 to 0");
  EXPECT_NE(message(kRule, setid("101", "0:101:101:101")), "");
  EXPECT_NE(message(kRule, setid("101", "101:0:101:0")), "");
  EXPECT_NE(message(kRule, setid("101", "101:101:0:101")), "");
  EXPECT_NE(message(kRule, setid("101", "101:101:101:0")), "");
}

TEST(Uid0, NotWhenOneWasRootBefore) {
  EXPECT_EQ(message(kRule, setid("0:101:101:101", "0")), "");
  EXPECT_EQ(message(kRule, setid("101:101:0:101", "0")), "");
  EXPECT_EQ(message(kRule, setid("0", "0")), "");
  Activity a = as_root(exec("/bin/su"));
  a.process.before.suid = 0;
  EXPECT_EQ(message(kRule, a), "");
}

TEST(Uid0, OtherIdsAreNotRoot) {
  EXPECT_EQ(message(kRule, setid("101", "1000")), "");
  EXPECT_EQ(message(kRule, setid("101", "100:10:20:30")), "");
  EXPECT_EQ(message(kRule, act(SetidObject{"gid", "101", "0"})), "");
  EXPECT_EQ(message(kRule, act(SetidObject{"groups", "", "0"})), "");
}

TEST(Uid0, BySetUidFile) {
  EXPECT_EQ(message(kRule, as_root(exec("/bin/su"))), "nginx became root by starting /bin/su");
  EXPECT_EQ(message(kRule, exec("/bin/su")), "");
}

TEST(Uid0, QuietWhenKnownOrRefusedAndCarefulWhenNotSure) {
  const Activity a = setid("101", "0");
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, setid("101", "0", Outcome::failed)), "");
  EXPECT_EQ(message(kRule, setid("101", "0", Outcome::attempt)),
            "nginx may have become root: its user IDs changed from 101 to 0");
}

}  // namespace
}  // namespace plimsoll::test
