// Connections to pool ports.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "cryptojacking.pool_connection";

TEST(PoolConnection, NamesClassPortAndAddress) {
  Activity a = connect("tcp", "loopback", 3333);
  a.evidence.address = Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
  const auto all = findings(kRule, a);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].message, "nginx connected to 127.0.0.1:3333/tcp, a port that mining pools use");
  EXPECT_EQ(message(kRule, connect("tcp", "public", 3333)),
            "nginx connected to a public address, port 3333/tcp, a port that mining pools use");
  EXPECT_EQ(all[0].evidence.at("address"), "127.0.0.1");
}

TEST(PoolConnection, QuietWhenKnownInSetupOrAnotherPort) {
  const Activity a = connect("tcp", "private", 3333);
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, in_phase(Phase::setup, a)), "");
  EXPECT_EQ(message(kRule, connect("tcp", "private", 4444)), "");
  EXPECT_EQ(message(kRule, connect("tcp", "public", 443)), "");
}

}  // namespace
}  // namespace plimsoll::test
