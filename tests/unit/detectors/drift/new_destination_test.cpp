// Connections to destinations that are new for a program.
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
  EXPECT_EQ(
      all[0].message,
      "nginx connected to 203.0.113.7:443/tcp; it had never connected to a public address on this port");
  EXPECT_EQ(all[0].evidence.at("address"), "203.0.113.7");
  EXPECT_EQ(all[0].severity, std::nullopt);
}

TEST(NewDestination, UnixSocketsAreMilder) {
  const auto all = findings(kRule, connect("unix", "/run/nscd/socket"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].message, "nginx connected to the Unix socket /run/nscd/socket for the first time");
  EXPECT_EQ(all[0].severity, Severity::low);
}

TEST(NewDestination, ANameOrAClassStandsWhereThereIsNoAddress) {
  EXPECT_EQ(message(kRule, connect("tcp", "dns:db.example", 5432)),
            "nginx connected to db.example:5432/tcp for the first time");
  EXPECT_EQ(message(kRule, connect("tcp", "private", 5432)),
            "nginx connected to a private address, port 5432/tcp, for the first time");
}

TEST(NewDestination, SaysInWhichPhaseItWasSeen) {
  Activity a = connect("tcp", "loopback", 8080);
  const Learned at_startup = knowing(in_phase(Phase::startup, a));
  EXPECT_EQ(
      message(kRule, a, at_startup),
      "nginx connected to a loopback address, port 8080/tcp; until now this was seen only during startup");
  a.evidence.address = Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
  EXPECT_EQ(message(kRule, a, at_startup),
            "nginx connected to 127.0.0.1:8080/tcp; until now this was seen only during startup");
  a.evidence.address = Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_EQ(
      message(kRule, a, knowing(in_phase(Phase::entered, a))),
      "nginx connected to [::1]:8080/tcp; until now this was seen only in an exec or probe from outside");
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
