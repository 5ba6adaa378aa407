// Metric families as plain values, their Prometheus text, and the agent's own cost.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll {

enum class MetricType : std::uint8_t { counter, gauge };

struct MetricSample {
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

/// Label sets are closed, or bounded by ImageLabels; values are never a pid, path, digest or container id.
struct MetricFamily {
  std::string name;
  std::string help;
  MetricType type = MetricType::gauge;
  std::vector<MetricSample> samples;
};

/// Prometheus text exposition format 0.0.4; label values are escaped, bytes that are not UTF-8 as escape()
/// does.
std::string to_text(const std::vector<MetricFamily>&);
constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_threads of this
/// process, read below `proc` ("/proc"); what cannot be read is left out.
std::vector<MetricFamily> process_metrics(const std::string& proc);

}  // namespace plimsoll
