// Classes of addresses, at their borders.
#include "agent/core/destination.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace plimsoll {
namespace {

Address address(const std::string& text) {
  Address a{};
  const std::string v6 = text.find(':') == std::string::npos ? "::ffff:" + text : text;
  EXPECT_EQ(inet_pton(AF_INET6, v6.c_str(), a.data()), 1) << text;
  return a;
}

TEST(DestinationClass, ByAddress) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"127.0.0.1", "loopback"},
      {"127.255.255.255", "loopback"},
      {"0.0.0.0", "loopback"},
      {"::", "loopback"},
      {"::1", "loopback"},
      {"::ffff:127.0.0.1", "loopback"},
      {"169.254.169.254", "imds"},
      {"::ffff:169.254.169.254", "imds"},
      {"fd00:ec2::254", "imds"},
      {"169.254.170.2", "ecs-credentials"},
      {"169.254.170.23", "pod-identity"},
      {"fd00:ec2::23", "pod-identity"},
      {"fd00:ec2::253", "private"},
      {"169.254.169.253", "private"},
      {"169.254.170.3", "private"},
      {"0.0.0.1", "private"},
      {"10.0.0.0", "private"},
      {"10.255.255.255", "private"},
      {"9.255.255.255", "public"},
      {"11.0.0.0", "public"},
      {"172.15.255.255", "public"},
      {"172.16.0.0", "private"},
      {"172.31.255.255", "private"},
      {"172.32.0.0", "public"},
      {"192.168.1.1", "private"},
      {"192.167.255.255", "public"},
      {"100.63.255.255", "public"},
      {"100.64.0.0", "private"},
      {"100.127.255.255", "private"},
      {"100.128.0.0", "public"},
      {"224.0.0.1", "private"},
      {"239.255.255.255", "private"},
      {"240.0.0.1", "public"},
      {"255.255.255.255", "private"},
      {"fe80::1", "private"},
      {"febf::1", "private"},
      {"fec0::1", "public"},
      {"fc00::1", "private"},
      {"fdff::1", "private"},
      {"ff02::1", "private"},
      {"2001:db8::1", "public"},
      {"8.8.8.8", "public"},
      {"::2", "public"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(destination_class(address(text)), expected) << text;
}

TEST(ToText, ShortestForm) {
  EXPECT_EQ(to_text(address("10.0.0.1")), "10.0.0.1");
  EXPECT_EQ(to_text(address("fd00:ec2:0:0::254")), "fd00:ec2::254");
  EXPECT_EQ(to_text(address("::1")), "::1");
}

}  // namespace
}  // namespace plimsoll
