// One scrape: values of the registered metrics, their Prometheus text, and the agent's own cost.
#pragma once

#include <array>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/metrics/registry.h"

namespace plimsoll {

class Exposition {
 public:
  /// One sample; `labels` are the values of the metric's labels in the order of its row.
  template <typename Number, typename... Labels>
  void put(std::type_identity_t<MetricName<sizeof...(Labels)>> metric, Number value,
           const Labels&... labels) {
    samples_[metric.index()].push_back({{std::string(labels)...}, static_cast<double>(value)});
  }

  /// Prometheus text exposition format 0.0.4. Every registered metric is in it: a counter without labels as 0
  /// before it is put, lest its first increase be invisible to increase(); others by their help and type
  /// alone. Label values are escaped, bytes that are not UTF-8 as escape() does.
  [[nodiscard]] std::string text() const;

  /// Registered metrics of which no sample was put.
  [[nodiscard]] std::vector<std::string> missing() const;

 private:
  struct Sample {
    std::vector<std::string> labels;
    double value = 0;
  };
  std::array<std::vector<Sample>, kMetrics.size()> samples_;
};

constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_threads of this
/// process, read below `proc` ("/proc"); what cannot be read is not put.
void add_process_metrics(Exposition&, const std::string& proc);

}  // namespace plimsoll
