// Gains of capabilities.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.capabilities";
constexpr std::uint64_t kNetRaw = 1ULL << 13U, kSysAdmin = 1ULL << 21U;

Activity with(Activity a, std::uint64_t before, std::uint64_t after) {
  a.process.before.permitted = before;
  a.process.creds.permitted = after;
  return a;
}

TEST(Capabilities, ByAFilesCapabilities) {
  EXPECT_EQ(message(kRule, with(exec("/bin/ping"), 0, kNetRaw)),
            "nginx started /bin/ping with extra capabilities: cap_net_raw");
  EXPECT_EQ(message(kRule, with(exec("/bin/ping"), kNetRaw, kNetRaw)), "");
  EXPECT_EQ(message(kRule, with(exec("/bin/ping"), kNetRaw | kSysAdmin, kSysAdmin)), "");
}

TEST(Capabilities, FromOutsideTheContainer) {
  Activity a = with(in_phase(Phase::entered, exec("/bin/busybox")), 0, kNetRaw);
  a.behaviour.actor = kRuntimeActor;
  EXPECT_EQ(message(kRule, a),
            "an exec or probe from outside the container started /bin/busybox with extra capabilities: "
            "cap_net_raw");
}

TEST(Capabilities, ByCapset) {
  EXPECT_EQ(message(kRule, act(CapsetObject{"cap_net_raw,cap_sys_admin", "", ""})),
            "nginx gained capabilities: cap_net_raw,cap_sys_admin");
  EXPECT_EQ(message(kRule, act(CapsetObject{"", "cap_sys_admin", ""})), "");
  const auto all = findings(kRule, act(CapsetObject{"", "", "cap_net_raw"}));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].severity, Severity::medium);
  EXPECT_EQ(all[0].message, "nginx made capabilities inheritable by the programs it starts: cap_net_raw");
}

TEST(Capabilities, ByTakingAnEffectiveIdUpAgain) {
  EXPECT_EQ(message(kRule, with(setid("0:101:0:101", "0"), 0, kSysAdmin)),
            "nginx gained capabilities by changing its user IDs from 0:101:0:101 to 0: cap_sys_admin");
}

TEST(Capabilities, NotWhatComesWithRootOrAUserNamespace) {
  EXPECT_EQ(message(kRule, as_root(exec("/bin/su"))), "");
  EXPECT_EQ(message(kRule, as_root(setid("101", "0"))), "");
  Activity a = with(exec("/bin/sh"), 0, kSysAdmin);
  a.process.before.user_ns = 1;
  a.process.creds.user_ns = 2;
  EXPECT_EQ(message(kRule, a), "");
}

TEST(Capabilities, QuietWhenKnownOrRefused) {
  const Activity a = act(CapsetObject{"cap_net_raw", "", ""});
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, act(CapsetObject{"cap_net_raw", "", ""}, Outcome::failed)), "");
}

}  // namespace
}  // namespace plimsoll::test
