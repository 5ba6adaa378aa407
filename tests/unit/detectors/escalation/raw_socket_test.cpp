// Packet, vsock and raw sockets.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.raw_socket";

TEST(RawSocket, PacketVsockAndRaw) {
  EXPECT_EQ(message(kRule, act(SocketObject{"packet", "raw"})),
            "nginx opened a packet socket of type raw for the first time");
  EXPECT_NE(message(kRule, act(SocketObject{"packet", "dgram"})), "");
  EXPECT_NE(message(kRule, act(SocketObject{"vsock", "stream"})), "");
  EXPECT_NE(message(kRule, act(SocketObject{"inet", "raw"})), "");
  EXPECT_NE(message(kRule, act(SocketObject{"inet6", "raw"})), "");
  EXPECT_EQ(message(kRule, act(SocketObject{"inet", "stream"})), "");
}

TEST(RawSocket, QuietWhenKnownOrRefused) {
  const Activity a = act(SocketObject{"inet", "raw"});
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, act(SocketObject{"inet", "raw"}, Outcome::failed)), "");
}

}  // namespace
}  // namespace plimsoll::test
