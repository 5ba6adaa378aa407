// How many alerts a rule may begin in a container.
#include "agent/alerts/alert_rate.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

constexpr WallNs kStart = 1'800'000'000 * kNsPerSecond;

int taken(AlertRate& rate, const std::string& container, std::string_view rule, WallNs time, int offered) {
  int out = 0;
  for (int i = 0; i < offered; ++i) out += rate.take(container, rule, time) ? 1 : 0;
  return out;
}

TEST(AlertRate, SoManyAtOnceThenSoManyASecond) {
  AlertRate rate;
  EXPECT_EQ(taken(rate, "a", "x.y", kStart, 1000), 200);
  EXPECT_EQ(taken(rate, "a", "x.y", kStart + kNsPerSecond, 1000), 20);
  EXPECT_EQ(taken(rate, "a", "x.y", kStart + kNsPerSecond / 2, 1000), 0) << "late events bring no more";
  EXPECT_EQ(taken(rate, "a", "x.y", kStart + 3600 * kNsPerSecond, 1000), 200)
      << "what is not used is not saved";
}

TEST(AlertRate, EachRuleAndContainerHasItsOwn) {
  AlertRate rate;
  EXPECT_EQ(taken(rate, "a", "x.y", kStart, 1000), 200);
  EXPECT_EQ(taken(rate, "a", "x.z", kStart, 1000), 200);
  EXPECT_EQ(taken(rate, "b", "x.y", kStart, 1000), 200);
}

TEST(AlertRate, WhatHasGoneIsForgotten) {
  AlertRate rate;
  taken(rate, "a", "x.y", kStart, 1000);
  taken(rate, "b", "x.y", kStart, 1000);
  rate.forget("a");
  EXPECT_EQ(taken(rate, "a", "x.y", kStart, 1000), 200);
  EXPECT_EQ(taken(rate, "b", "x.y", kStart, 1000), 0);
}

}  // namespace
}  // namespace plimsoll
