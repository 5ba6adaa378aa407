// Alerts: told apart, counted, written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/core/alert.h"
#include "agent/core/result.h"

namespace plimsoll {

/// Hides secrets in argument vectors before an alert leaves the agent.
class Redactor {
 public:
  /// ECMAScript patterns, applied to each argument and to "previous argument + blank + argument"; what the
  /// first group (or the whole match) covers becomes "[redacted]".
  static Result<Redactor> make(const std::vector<std::string>& patterns);
  Redactor();
  Redactor(Redactor&&) noexcept;
  Redactor& operator=(Redactor&&) noexcept;
  ~Redactor();
  void apply(std::vector<std::string>& argv) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One JSON object, no newline: the contract's schema 1.0.
std::string to_json(const Alert&);

/// What tells one series of alerts from another: its fingerprint is the same new behaviour anywhere, its id
/// is this host's and container's.
struct SeriesName {
  std::string fingerprint, id;
};
SeriesName series_of(std::string_view host, const Container&, std::string_view rule, const Behaviour&);
/// Of the alert that stands for more than one behaviour.
SeriesName series_of(std::string_view host, const Container&, std::string_view rule, StandsFor);

/// A hash of the container, the rule and the behaviour, within this process; equal for what is of one series,
/// and twenty times cheaper than the series' name.
std::size_t brief_of(const Container&, std::string_view rule, const Behaviour&);

/// Gives alerts their ids and folds repeats: the first of a series is due at once; repeats only count, and
/// become an update with the higher count 1 min, 10 min, then every hour after the first. A series that was
/// shadow begins again when it becomes active. Bounded to 10,000: the series go that have been quiet for the
/// longest time.
class AlertDeduplicator {
 public:
  /// Fills in id, fingerprint, count and update; returns true when the alert is to be sent now.
  bool admit(Alert&);
  /// False when no series of this brief is here. True says that there may be one.
  [[nodiscard]] bool may_have(std::size_t brief) const { return briefs_.contains(brief); }
  /// Whether one more of this mode only repeats the series.
  [[nodiscard]] bool repeats(const std::string& alert_id, AlertMode) const;
  /// A behaviour of this series has occurred `more` times again, last at `time`.
  void repeat(const std::string& alert_id, std::uint64_t more, WallNs time);
  /// Updates that are due now.
  std::vector<Alert> due(WallNs now);
  /// Null when it is not, or no longer, here.
  [[nodiscard]] const Alert* find(const std::string& alert_id) const;
  /// The latest series as they stand (time: the last occurrence), oldest first, at most `most`.
  [[nodiscard]] std::vector<Alert> recent(std::size_t most) const;

 private:
  struct Series {
    Alert alert;
    WallNs first = 0;
    int updates_sent = 0;
    std::uint64_t count_sent = 0;
    std::size_t brief = 0;
  };
  using SeriesById = std::map<std::string, Series>;
  void make_room();
  void erase(SeriesById::iterator);

  SeriesById series_;
  std::unordered_multiset<std::size_t> briefs_;       ///< of series_
  std::set<std::pair<WallNs, std::string>> by_time_;  ///< last occurrence and id
};

class AlertSink {
 public:
  AlertSink() = default;
  AlertSink(const AlertSink&) = delete;
  AlertSink& operator=(const AlertSink&) = delete;
  virtual ~AlertSink() = default;  ///< writes what is left, within two seconds
  /// Hands it to the sink's own thread; never blocks on the disk. A full queue drops it, and counts that.
  virtual void write(const Alert&) = 0;
  [[nodiscard]] virtual std::uint64_t dropped() const = 0;
  [[nodiscard]] virtual std::string last_error() const = 0;  ///< empty while the sink is well
};

/// Appends JSON lines; reopens the file when it was renamed or removed (log rotation). An unwritable path is
/// an error here, and a state later.
Result<std::unique_ptr<AlertSink>> open_file_sink(const std::string& path);
/// JSON lines on a file descriptor that stays the caller's.
std::unique_ptr<AlertSink> make_fd_sink(int fd);

}  // namespace plimsoll
