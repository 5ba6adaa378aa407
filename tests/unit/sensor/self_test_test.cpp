#include "agent/sensor/self_test/self_test.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

using std::chrono::seconds;

const SelfTestSchedule::Time kStart = SelfTestSchedule::Time() + std::chrono::hours(1);

TEST(SelfTestSchedule, SingsAtOnceAndThenEverySoOften) {
  SelfTestSchedule watch(seconds(60), seconds(15));
  EXPECT_TRUE(watch.due(kStart));
  watch.begin(kStart);
  EXPECT_FALSE(watch.due(kStart + seconds(100))) << "while it sings";
  watch.did(0b11);
  watch.heard(0b11);
  EXPECT_FALSE(watch.judge(kStart + seconds(5))) << "nothing has changed";
  EXPECT_FALSE(watch.due(kStart + seconds(59)));
  EXPECT_TRUE(watch.due(kStart + seconds(60)));
}

TEST(SelfTestSchedule, WhatItDidAndWasNotHeardIsSilentAfterAWhile) {
  SelfTestSchedule watch(seconds(60), seconds(15));
  watch.begin(kStart);
  watch.did(0b111);
  watch.heard(0b001);
  EXPECT_FALSE(watch.judge(kStart + seconds(14)));
  EXPECT_EQ(watch.silent(), 0U) << "it may still come";
  watch.heard(0b100);
  EXPECT_TRUE(watch.judge(kStart + seconds(15)));
  EXPECT_EQ(watch.silent(), 0b010U);
  watch.begin(kStart + seconds(60));
  watch.did(0b111);
  watch.heard(0b111);
  EXPECT_TRUE(watch.judge(kStart + seconds(61)));
  EXPECT_EQ(watch.silent(), 0U);
}

TEST(SelfTestSchedule, WhatItCouldNotDoIsNotExpected) {
  SelfTestSchedule watch(seconds(60), seconds(15));
  watch.begin(kStart);
  watch.did(0b001);
  watch.heard(0b001);
  watch.judge(kStart + seconds(20));
  EXPECT_EQ(watch.silent(), 0U);
}

TEST(SelfTestSchedule, OneThatDoesNotAnswerIsStuckAndNamesNoHook) {
  SelfTestSchedule watch(seconds(60), seconds(15));
  watch.begin(kStart);
  EXPECT_FALSE(watch.judge(kStart + seconds(14)));
  EXPECT_FALSE(watch.stuck());
  EXPECT_FALSE(watch.judge(kStart + seconds(15)));
  EXPECT_TRUE(watch.stuck());
  EXPECT_EQ(watch.silent(), 0U);
  watch.did(0b1);
  watch.heard(0b1);
  watch.judge(kStart + seconds(30));
  EXPECT_FALSE(watch.stuck());
}

}  // namespace
}  // namespace plimsoll
