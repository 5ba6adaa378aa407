// From what rules found to alerts: repeats are counted in the alert that is there, floods are folded into
// one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/alerts/alert_rate.h"
#include "agent/alerts/alerts.h"
#include "agent/engine/containers.h"
#include "agent/engine/report.h"
#include "agent/engine/rule_evaluator.h"
#include "agent/metrics/image_labels.h"

namespace plimsoll {

class AlertRaiser {
 public:
  using Send = std::function<void(const Alert&)>;
  /// Events lost of a container, by reason: alerts carry them.
  using LossesOf = std::function<Losses(const WatchedContainer&)>;

  AlertRaiser(std::string host, Send send, LossesOf losses)
      : host_(std::move(host)), send_(std::move(send)), losses_(std::move(losses)) {}

  /// The id of the alert that reports it: a new one, which is sent, or one that repeats.
  std::string raise(RuleMatch, const Activity&, const WatchedContainerPtr&, const RuleEvaluator&);
  /// It has happened so many times more.
  void repeat(const std::string& id, std::uint64_t count, WallNs time) { alerts_.repeat(id, count, time); }
  /// Sends the updates that are due.
  void send_due(WallNs now);

  /// The image of that repository is in use: it keeps a metric label of its own.
  void busy(const std::string& repository) { labels_.busy(repository, 1); }
  [[nodiscard]] std::string label(const std::string& repository) const {
    return std::string(labels_.label(repository));
  }
  void forget(const std::string& container_id) { rate_.forget(container_id); }
  /// Forgets what was raised how fast, as a new agent would.
  void restart_rates() { rate_ = AlertRate(); }

  [[nodiscard]] const AlertDeduplicator& alerts() const { return alerts_; }
  [[nodiscard]] const AlertTotals& totals() const { return totals_; }

 private:
  bool counted_as_repeat(const std::string& id, AlertMode, WallNs time);
  std::string& series_for_all(WatchedContainer&, std::string_view rule, StandsFor) const;
  std::string send_new(Alert, WatchedContainer&);

  std::string host_;
  Send send_;
  LossesOf losses_;
  AlertDeduplicator alerts_;
  AlertRate rate_;
  ImageLabels labels_;
  AlertTotals totals_;
};

}  // namespace plimsoll
