// Metric families to text, by prometheus-cpp's serializer.
#include "agent/metrics/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <iterator>

#include "agent/core/text.h"

namespace plimsoll {
namespace {

prometheus::ClientMetric to_prometheus(const MetricSample& sample, MetricType type) {
  prometheus::ClientMetric metric;
  metric.label.reserve(sample.labels.size());
  for (const auto& [key, value] : sample.labels) {
    metric.label.push_back({key, escape(value)});
  }
  (type == MetricType::counter ? metric.counter.value : metric.gauge.value) = sample.value;
  return metric;
}

}  // namespace

std::string to_text(const std::vector<MetricFamily>& families) {
  std::vector<prometheus::MetricFamily> out;
  out.reserve(families.size());
  for (const auto& family : families) {
    if (family.samples.empty()) {
      continue;
    }
    auto& to = out.emplace_back();
    to.name = family.name;
    to.help = family.help;
    to.type =
        family.type == MetricType::counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    for (const auto& sample : family.samples) {
      to.metric.push_back(to_prometheus(sample, family.type));
    }
  }
  const prometheus::TextSerializer serializer;
  return serializer.Serialize(out);
}

}  // namespace plimsoll
