// The registry of metrics keeps Prometheus' conventions, and the reference page is what it says.
#include "agent/metrics/registry.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/unit/generated_docs.h"

namespace plimsoll {
namespace {

// MetricName's constructor refuses at compile time what this does not find.
static_assert(metric_index("plimsoll_blind", 0) < kMetrics.size());
static_assert(metric_index("plimsoll_blind", 1) == kMetrics.size());
static_assert(metric_index("plimsoll_no_such_metric", 0) == kMetrics.size());

TEST(MetricRegistry, NamesKeepTheConventions) {
  std::set<std::string_view> names;
  for (const MetricRow& row : kMetrics) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " twice";
    EXPECT_TRUE(row.name.starts_with("plimsoll_") || row.name.starts_with("process_")) << row.name;
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << row.name;
    EXPECT_EQ(row.name.ends_with("_total"), row.type == MetricType::counter) << row.name;
    for (const char* unit : {"seconds", "bytes"}) {
      EXPECT_EQ(row.name.contains(std::string("_") + unit), row.unit == unit) << row.name;
    }
    EXPECT_FALSE(row.unit.empty()) << row.name;
    EXPECT_TRUE(row.help.ends_with('.')) << row.name;
    for (const std::string_view label : row.labels.names) {
      for (const char* never : {"pid", "path", "digest", "container", "instance", "job"}) {
        EXPECT_NE(label, never) << row.name;
      }
    }
  }
}

std::string reference_page() {
  std::string page =
      "# Metrics\n\n"
      "The agent serves these at `http://LISTEN/metrics` (`[metrics] listen`). Label values are never a pid, "
      "a path, a\n"
      "digest or a container id; `image` is a repository. A counter without labels is there from the start, "
      "at 0.\n\n"
      "This page is generated from `agent/metrics/registry.h`; rewrite it with\n\n"
      "    PLIMSOLL_REWRITE_DOCS=1 build/release/tests/unit/metrics/metrics_test "
      "--gtest_filter='MetricRegistry.*'\n\n"
      "| metric | type | labels | unit | meaning |\n|---|---|---|---|---|\n";
  for (const MetricRow& row : kMetrics) {
    std::string labels;
    for (std::size_t i = 0; i < row.labels.count; ++i) {
      labels += (i == 0 ? "`" : ", `") + std::string(row.labels.names[i]) + "`";
    }
    page += "| `" + std::string(row.name) + "` | " + (row.type == MetricType::counter ? "counter" : "gauge") +
            " | " + labels + " | " + std::string(row.unit) + " | " + std::string(row.help) + " |\n";
  }
  return page;
}

TEST(MetricRegistry, TheReferencePageIsGenerated) {
  test::expect_generated_file(PLIMSOLL_ROOT "/deploy/metrics.md", reference_page());
}

}  // namespace
}  // namespace plimsoll
