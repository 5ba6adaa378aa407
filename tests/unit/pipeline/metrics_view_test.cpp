// Every registered metric is filled from somewhere.
#include "agent/pipeline/metrics_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plimsoll {
namespace {

TEST(MetricsView, FillsEveryRegisteredMetric) {
  EngineReport report;
  report.totals.alerts[{"drift.fileless", Severity::high, AlertMode::active}] = 1;
  report.totals.folded["drift.fileless"] = 1;
  report.totals.image_alerts[{"shop/web", Severity::high}] = 1;
  report.new_behaviours_per_day["shop/web"] = 0.5;
  FleetHealth fleet;
  fleet.requests[{"get", "ok"}] = 1;
  HookCounters counters;
  counters.lost["ring_full"] = 1;
  Exposition metrics = exposition({.report = report,
                                   .counters = {{"exec", counters}},
                                   .hooks = {HookStatus{}},
                                   .version = "1.2.3",
                                   .sink_dropped = {{"file", 0}},
                                   .store = {},
                                   .fleet = fleet});
  add_process_metrics(metrics, "/proc");
  EXPECT_THAT(metrics.missing(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace plimsoll
