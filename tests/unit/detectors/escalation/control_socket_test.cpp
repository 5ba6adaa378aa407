// Connections to control sockets.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.control_socket";

TEST(ControlSocket, RuntimesAndKubelet) {
  EXPECT_EQ(message(kRule, connect("unix", "/var/run/docker.sock")),
            "nginx connected to /var/run/docker.sock, the control socket of a container runtime");
  EXPECT_EQ(findings(kRule, connect("unix", "/var/run/docker.sock")).at(0).severity, std::nullopt);
  const auto kubelet = findings(kRule, connect("unix", "/var/lib/kubelet/pod-resources/kubelet.sock"));
  ASSERT_EQ(kubelet.size(), 1U);
  EXPECT_EQ(kubelet[0].severity, Severity::high);
}

TEST(ControlSocket, AppliesWhateverTheProfileKnowsButNotInSetup) {
  const Activity a = connect("unix", "/run/containerd/containerd.sock");
  EXPECT_NE(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, in_phase(Phase::setup, a)), "");
}

TEST(ControlSocket, OtherSocketsAreNot) {
  EXPECT_EQ(message(kRule, connect("unix", "/run/mysqld/mysqld.sock")), "");
  EXPECT_EQ(message(kRule, connect("tcp", "private", 2375)), "");
}

}  // namespace
}  // namespace plimsoll::test
