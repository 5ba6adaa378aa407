// The exposition text, byte by byte where it matters, and the agent's own cost from a fixture.
#include "agent/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace plimsoll {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsText, CountersAndGaugesCarryTheirTypeAndLabels) {
  Exposition out;
  out.put("plimsoll_events_seen_total", 7, "exec");
  out.put("plimsoll_blind", 1);
  EXPECT_THAT(out.text(), HasSubstr("# TYPE plimsoll_events_seen_total counter\n"));
  EXPECT_THAT(out.text(), HasSubstr("plimsoll_events_seen_total{hook=\"exec\"} 7\n"));
  EXPECT_THAT(out.text(), HasSubstr("# TYPE plimsoll_blind gauge\nplimsoll_blind 1\n"));
}

TEST(MetricsText, LabelValuesFollowTheRow) {
  Exposition out;
  out.put("plimsoll_alerts_total", 2, "drift.fileless", std::string("high"), std::string_view("active"));
  EXPECT_THAT(out.text(), HasSubstr("{rule=\"drift.fileless\",severity=\"high\",mode=\"active\"} 2\n"));
}

TEST(MetricsText, ALargeCounterKeepsAllItsDigits) {
  Exposition out;
  out.put("plimsoll_store_writes_total", 9007199254740991.0);
  EXPECT_THAT(out.text(), HasSubstr("9007199254740991"));
}

TEST(MetricsText, AHostileLabelCannotForgeALine) {
  Exposition out;
  out.put("plimsoll_image_alerts_total", 3, "a\"} 1\nforged 2\xff", "high");
  EXPECT_THAT(out.text(), Not(HasSubstr("\nforged")));
  EXPECT_THAT(out.text(), Not(HasSubstr("\xff")));
  EXPECT_THAT(out.text(), HasSubstr("a\\\"} 1"));
}

// A counter that appears at 1 has made no increase that Prometheus could see.
TEST(MetricsText, EveryRegisteredMetricIsThereAndCountersWithoutLabelsStartAtZero) {
  const std::string text = Exposition{}.text();
  for (const MetricRow& row : kMetrics) {
    const std::string name(row.name);
    EXPECT_THAT(text, HasSubstr("# HELP " + name + " "));
    EXPECT_THAT(text, HasSubstr("# TYPE " + name + " "));
    const bool zero = row.type == MetricType::counter && row.labels.count == 0;
    EXPECT_EQ(text.contains("\n" + name + " 0\n"), zero) << name;
  }
}

TEST(ProcessMetrics, ReadsCpuMemoryAndThreadsDespiteAnOddName) {
  const auto root = std::filesystem::temp_directory_path() / "plimsoll-process-metrics-test";
  std::filesystem::create_directories(root / "self/fd");
  std::ofstream(root / "self/stat")
      << "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 200 100 0 0 20 0 9 0 11 12 25 0 0\n";
  std::ofstream(root / "self/fd/0");
  Exposition out;
  add_process_metrics(out, root.string());
  const std::string text = out.text();
  std::filesystem::remove_all(root);
  EXPECT_THAT(text, HasSubstr("process_cpu_seconds_total 3\n"));
  EXPECT_THAT(text, HasSubstr("process_threads 9\n"));
  EXPECT_THAT(text, HasSubstr("process_open_fds 1\n"));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes 102400\n"));
}

TEST(ProcessMetrics, WhatCannotBeReadIsLeftOut) {
  Exposition out;
  add_process_metrics(out, "/nonexistent");
  EXPECT_EQ(out.text(), Exposition{}.text());
}

}  // namespace
}  // namespace plimsoll
