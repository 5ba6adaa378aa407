#include "agent/sensor/attach/choose_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace plimsoll {
namespace {

// A kernel that refuses these alternatives, each with its name.
Trial refusing(const std::set<std::string_view>& refused) {
  return [refused](const PlannedProgram& row) {
    return refused.contains(row.alternative) ? "no " + std::string(row.alternative) : std::string();
  };
}

const PlannedProgram& row_of(std::string_view program) {
  return *std::ranges::find_if(attach_plan(),
                               [&](const PlannedProgram& row) { return belongs(program, row); });
}

// The row that system calls are seen by.
ChosenRow of_system_calls(const Result<std::vector<ChosenRow>>& rows) {
  const auto in_family = [](const ChosenRow& r) { return r.plan->family == Family::system_calls; };
  if (!rows || std::ranges::count_if(*rows, in_family) != 1) return {};
  return *std::ranges::find_if(*rows, in_family);
}

TEST(ChooseRows, TheFirstThatTheKernelTakes) {
  const auto best = of_system_calls(choose_rows("", refusing({})));
  ASSERT_NE(best.plan, nullptr);
  EXPECT_EQ(best.plan->alternative, "fexit");
  EXPECT_EQ(best.passed_over, "");

  const auto second = of_system_calls(choose_rows("", refusing({"fexit"})));
  ASSERT_NE(second.plan, nullptr);
  EXPECT_EQ(second.plan->alternative, "kprobe");
  EXPECT_EQ(second.passed_over, "fexit: no fexit");

  const auto third = of_system_calls(choose_rows("", refusing({"fexit", "kprobe"})));
  ASSERT_NE(third.plan, nullptr);
  EXPECT_EQ(third.plan->alternative, "capable");
  EXPECT_EQ(third.passed_over, "fexit: no fexit; kprobe: no kprobe");

  const auto last = of_system_calls(choose_rows("", refusing({"fexit", "kprobe", "capable"})));
  ASSERT_NE(last.plan, nullptr);
  EXPECT_EQ(last.plan->alternative, "lsm");
}

TEST(ChooseRows, TheOneThatWasAskedFor) {
  const auto asked = of_system_calls(choose_rows("raw", refusing({"fexit"})));
  ASSERT_NE(asked.plan, nullptr);
  EXPECT_EQ(asked.plan->alternative, "raw");
  EXPECT_THAT(choose_rows("kprobe", refusing({"kprobe"})).error().message, testing::HasSubstr("no kprobe"));
  EXPECT_THAT(choose_rows("magic", refusing({})).error().message, testing::HasSubstr("\"magic\""));
}

TEST(ChooseRows, WhatSlowsEveryCallDownIsNeverUsedUnasked) {
  const auto last = of_system_calls(choose_rows("", refusing({"fexit", "kprobe", "capable", "lsm"})));
  ASSERT_NE(last.plan, nullptr);
  EXPECT_EQ(last.plan->alternative, "lsm") << "it fails, and that is told";
}

TEST(ChooseRows, TheLastResortIsNamed) {
  EXPECT_THAT(last_resort(row_of("lsm_setuid")), testing::HasSubstr("set attach = \"raw\" in [sensor]"));
  EXPECT_EQ(last_resort(row_of("on_sys_exit")), "") << "there is no other";
  EXPECT_EQ(last_resort(row_of("on_exec")), "");
}

TEST(ChooseRows, ARowMayDependOnTheAlternative) {
  const auto with = [](std::string_view program) { return std::vector<ChosenRow>{{&row_of(program), ""}}; };
  EXPECT_TRUE(is_needed(row_of("on_connect4"), with("capable_asked")));
  EXPECT_FALSE(is_needed(row_of("on_connect4"), with("call_setuid")));
  EXPECT_TRUE(is_needed(row_of("on_connect_unix"), with("capable_asked")));
  EXPECT_FALSE(is_needed(row_of("on_connect_unix"), with("on_sys_exit")));
}

TEST(ChooseRows, RowsWithoutAlternativesAreNotTried) {
  const auto rows = choose_rows("", [](const PlannedProgram& row) {
    EXPECT_FALSE(row.alternative.empty()) << row.program;
    return std::string("refused");
  });
  ASSERT_TRUE(rows);
  EXPECT_TRUE(std::ranges::any_of(*rows, [](const ChosenRow& r) { return r.plan->program == "on_exec"; }));
}

TEST(ChooseRows, AnotherStandsInForOneThatIsRefusedLater) {
  ChosenRow row = of_system_calls(choose_rows("", refusing({})));
  for (const char* expected : {"kprobe", "capable", "lsm"}) {
    row = next_alternative(row, "too large");
    ASSERT_NE(row.plan, nullptr);
    EXPECT_EQ(row.plan->alternative, expected);
  }
  EXPECT_EQ(row.passed_over, "fexit: too large; kprobe: too large; tp_btf/cap_capable: too large");
  EXPECT_EQ(next_alternative(row, "too large").plan, nullptr);
}

}  // namespace
}  // namespace plimsoll
