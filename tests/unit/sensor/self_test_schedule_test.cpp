#include "agent/sensor/self_test/self_test_schedule.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

using std::chrono::seconds;

const SelfTestSchedule::Time kStart = SelfTestSchedule::Time() + std::chrono::hours(1);

TEST(SelfTestSchedule, RunsAtOnceAndThenAtIntervals) {
  SelfTestSchedule schedule(seconds(60), seconds(15));
  EXPECT_TRUE(schedule.due(kStart));
  schedule.begin(kStart);
  EXPECT_FALSE(schedule.due(kStart + seconds(100))) << "a run is in progress";
  schedule.performed(0b11);
  schedule.reported(0b11);
  EXPECT_FALSE(schedule.evaluate(kStart + seconds(5))) << "nothing has changed";
  EXPECT_FALSE(schedule.due(kStart + seconds(59)));
  EXPECT_TRUE(schedule.due(kStart + seconds(60)));
}

TEST(SelfTestSchedule, AHookThatReportsNothingInTimeIsSilent) {
  SelfTestSchedule schedule(seconds(60), seconds(15));
  schedule.begin(kStart);
  schedule.performed(0b111);
  schedule.reported(0b001);
  EXPECT_FALSE(schedule.evaluate(kStart + seconds(14)));
  EXPECT_EQ(schedule.silent(), 0U) << "it may still come";
  schedule.reported(0b100);
  EXPECT_TRUE(schedule.evaluate(kStart + seconds(15)));
  EXPECT_EQ(schedule.silent(), 0b010U);
  schedule.begin(kStart + seconds(60));
  schedule.performed(0b111);
  schedule.reported(0b111);
  EXPECT_TRUE(schedule.evaluate(kStart + seconds(61)));
  EXPECT_EQ(schedule.silent(), 0U);
}

TEST(SelfTestSchedule, WhatTheProcessCouldNotDoIsNotExpected) {
  SelfTestSchedule schedule(seconds(60), seconds(15));
  schedule.begin(kStart);
  schedule.performed(0b001);
  schedule.reported(0b001);
  schedule.evaluate(kStart + seconds(20));
  EXPECT_EQ(schedule.silent(), 0U);
}

TEST(SelfTestSchedule, AProcessThatDoesNotAnswerIsStuckAndNamesNoHook) {
  SelfTestSchedule schedule(seconds(60), seconds(15));
  schedule.begin(kStart);
  EXPECT_FALSE(schedule.evaluate(kStart + seconds(14)));
  EXPECT_FALSE(schedule.stuck());
  EXPECT_FALSE(schedule.evaluate(kStart + seconds(15)));
  EXPECT_TRUE(schedule.stuck());
  EXPECT_EQ(schedule.silent(), 0U);
  schedule.performed(0b1);
  schedule.reported(0b1);
  schedule.evaluate(kStart + seconds(30));
  EXPECT_FALSE(schedule.stuck());
}

}  // namespace
}  // namespace plimsoll
