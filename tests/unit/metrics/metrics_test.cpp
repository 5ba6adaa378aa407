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
  const auto text =
      to_text({{"plimsoll_events_seen_total", "Seen.", MetricType::counter, {{{{"hook", "exec"}}, 7}}},
               {"plimsoll_blind", "Blind.", MetricType::gauge, {{{}, 1}}}});
  EXPECT_THAT(text, HasSubstr("# TYPE plimsoll_events_seen_total counter\n"));
  EXPECT_THAT(text, HasSubstr("plimsoll_events_seen_total{hook=\"exec\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE plimsoll_blind gauge\nplimsoll_blind 1\n"));
}

TEST(MetricsText, ALargeCounterKeepsAllItsDigits) {
  const auto text = to_text({{"x_total", "X.", MetricType::counter, {{{}, 9007199254740991.0}}}});
  EXPECT_THAT(text, HasSubstr("9007199254740991"));
}

TEST(MetricsText, AHostileLabelCannotForgeALine) {
  const auto text =
      to_text({{"x_total", "X.", MetricType::counter, {{{{"image", "a\"} 1\nforged 2\xff"}}, 3}}}});
  EXPECT_THAT(text, Not(HasSubstr("\nforged")));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
  EXPECT_THAT(text, HasSubstr("a\\\"} 1"));
}

TEST(MetricsText, AFamilyWithoutSamplesIsLeftOut) {
  EXPECT_EQ(to_text({{"empty_total", "E.", MetricType::counter, {}}}), "");
}

TEST(ProcessMetrics, ReadsCpuMemoryAndThreadsDespiteAnOddName) {
  const auto root = std::filesystem::temp_directory_path() / "plimsoll-process-metrics-test";
  std::filesystem::create_directories(root / "self/fd");
  std::ofstream(root / "self/stat")
      << "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 200 100 0 0 20 0 9 0 11 12 25 0 0\n";
  std::ofstream(root / "self/fd/0");
  const auto text = to_text(process_metrics(root.string()));
  std::filesystem::remove_all(root);
  EXPECT_THAT(text, HasSubstr("process_cpu_seconds_total 3\n"));
  EXPECT_THAT(text, HasSubstr("process_threads 9\n"));
  EXPECT_THAT(text, HasSubstr("process_open_fds 1\n"));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes 102400\n"));
}

TEST(ProcessMetrics, WhatCannotBeReadIsLeftOut) {
  EXPECT_TRUE(process_metrics("/nonexistent").empty());
}

}  // namespace
}  // namespace plimsoll
