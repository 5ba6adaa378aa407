// Credentials endpoints.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.credentials_endpoint";

TEST(CredentialsEndpoint, EachByItsName) {
  EXPECT_EQ(message(kRule, connect("tcp", "imds", 80)),
            "nginx connected to the instance metadata service for the first time");
  EXPECT_EQ(message(kRule, connect("tcp", "ecs-credentials", 80)),
            "nginx connected to the ECS task credentials endpoint for the first time");
  EXPECT_EQ(message(kRule, connect("tcp", "pod-identity", 80)),
            "nginx connected to the EKS pod identity agent for the first time");
  EXPECT_EQ(message(kRule, connect("tcp", "private", 10250)),
            "nginx connected to a kubelet for the first time");
}

TEST(CredentialsEndpoint, QuietWhenThatProgramIsKnownToAsk) {
  const Activity a = connect("tcp", "imds", 80);
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  Activity other = a;
  other.behaviour.actor = "/usr/bin/curl";
  EXPECT_NE(message(kRule, other, knowing(a)), "");
  EXPECT_EQ(message(kRule, connect("tcp", "private", 443)), "");
}

}  // namespace
}  // namespace plimsoll::test
