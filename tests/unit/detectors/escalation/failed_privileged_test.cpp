// Denied attempts.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.failed_privileged";

TEST(FailedPrivileged, SaysWhatWasTriedAndWhyNot) {
  Activity a = setid("101", "0", Outcome::failed);
  a.evidence.result = -1;
  const auto all = findings(kRule, a);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].message, "nginx tried to change its uid to 0 and was denied");
  EXPECT_EQ(all[0].evidence.at("error"), "Operation not permitted");
  EXPECT_EQ(all[0].severity, std::nullopt);
}

TEST(FailedPrivileged, EveryPrivilegedAction) {
  const auto failed = [](Object o) { return act(std::move(o), Outcome::failed); };
  EXPECT_EQ(message(kRule, failed(CapsetObject{"cap_net_raw", "", ""})),
            "nginx tried to change its capabilities and was denied");
  EXPECT_EQ(message(kRule, failed(MountObject{"mount", "proc", "proc", "/mnt"})),
            "nginx tried to change mounts (mount proc on /mnt) and was denied");
  EXPECT_EQ(findings(kRule, failed(MountObject{"mount", "proc", "", ""})).at(0).severity, Severity::medium);
  EXPECT_EQ(message(kRule, failed(SocketObject{"packet", "raw"})),
            "nginx tried to open a packet socket and was denied");
  EXPECT_EQ(message(kRule, failed(NsObject{"unshare", "user"})),
            "nginx tried to create new namespaces (user) and was denied");
  EXPECT_EQ(findings(kRule, failed(NsObject{"setns", "any"})).at(0).severity, Severity::medium);
}

TEST(FailedPrivileged, QuietWhenKnownInSetupOrNotPrivileged) {
  const Activity a = setid("101", "0", Outcome::failed);
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  EXPECT_NE(message(kRule, a, knowing(setid("101", "0"))), "");
  EXPECT_EQ(message(kRule, in_phase(Phase::setup, a)), "");
  EXPECT_EQ(message(kRule, setid("101", "0")), "");
  EXPECT_EQ(message(kRule, setid("101", "0", Outcome::attempt)), "");
  EXPECT_EQ(message(kRule, act(NsObject{"unshare", "files"}, Outcome::failed)), "");
  Activity refused = connect("tcp", "public", 443);
  refused.behaviour.outcome = Outcome::failed;
  EXPECT_EQ(message(kRule, refused), "");
}

}  // namespace
}  // namespace plimsoll::test
