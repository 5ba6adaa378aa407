// Connections to where a program never connected.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "drift.new_destination";

TEST(NewDestination, NamesClassAndPortAndKeepsTheAddressAsEvidence) {
  Activity a = connect("tcp", "public", 443);
  a.evidence.address = Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7};
  const auto all = findings(kRule, a);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].message, "nginx connected to public port 443 (tcp), where it has never connected before");
  EXPECT_EQ(all[0].evidence.at("address"), "203.0.113.7");
  EXPECT_EQ(all[0].severity, std::nullopt);
}

TEST(NewDestination, UnixSocketsAreMilder) {
  const auto all = findings(kRule, connect("unix", "/run/nscd/socket"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].message,
            "nginx connected to the socket /run/nscd/socket, where it has never connected before");
  EXPECT_EQ(all[0].severity, Severity::low);
}

TEST(NewDestination, TheAttemptCountsWhateverBecameOfIt) {
  Activity a = connect("tcp", "public", 443);
  a.behaviour.outcome = Outcome::failed;
  EXPECT_NE(message(kRule, a), "");
}

TEST(NewDestination, QuietWhenKnownOrAnotherRules) {
  const Activity a = connect("tcp", "private", 5432);
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  EXPECT_NE(message(kRule, connect("tcp", "private", 5433), knowing(a)), "");
  EXPECT_EQ(message(kRule, connect("tcp", "imds", 80)), "");
  EXPECT_EQ(message(kRule, connect("tcp", "public", 14444)), "");
  EXPECT_EQ(message(kRule, connect("unix", "/run/docker.sock")), "");
}

}  // namespace
}  // namespace plimsoll::test
