// Samples to text, by prometheus-cpp's serializer.
#include "agent/metrics/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "agent/core/text.h"

namespace plimsoll {
namespace {

prometheus::ClientMetric to_prometheus(const MetricRow& row, const std::vector<std::string>& labels,
                                       double value) {
  prometheus::ClientMetric metric;
  metric.label.reserve(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    metric.label.push_back({std::string(row.labels.names[i]), escape(labels[i])});
  }
  (row.type == MetricType::counter ? metric.counter.value : metric.gauge.value) = value;
  return metric;
}

}  // namespace

std::string Exposition::text() const {
  std::vector<prometheus::MetricFamily> out;
  out.reserve(kMetrics.size());
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    const MetricRow& row = kMetrics[i];
    const bool counter = row.type == MetricType::counter;
    auto& to = out.emplace_back();
    to.name = row.name;
    to.help = row.help;
    to.type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    for (const auto& sample : samples_[i]) {
      to.metric.push_back(to_prometheus(row, sample.labels, sample.value));
    }
    if (counter && row.labels.count == 0 && samples_[i].empty()) {
      to.metric.push_back(to_prometheus(row, {}, 0));
    }
  }
  const prometheus::TextSerializer serializer;
  return serializer.Serialize(out);
}

std::vector<std::string> Exposition::missing() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    if (samples_[i].empty()) names.emplace_back(kMetrics[i].name);
  }
  return names;
}

}  // namespace plimsoll
