// Which alert is new, which one repeats, and when a repeat is worth another line.
#include <algorithm>
#include <functional>
#include <iterator>
#include <type_traits>
#include <utility>

#include "agent/alerts/alerts.h"
#include "agent/core/hash.h"

namespace plimsoll {
namespace {

constexpr std::size_t kMostSeries = 10'000;
constexpr WallNs kMinute = 60 * kNsPerSecond;
constexpr WallNs kHour = 60 * kMinute;

/// How many moments for an update (1 min, 10 min, 1 h, 2 h ...) lie within `elapsed`.
int moments(WallNs elapsed) {
  if (elapsed < kMinute) return 0;
  if (elapsed < 10 * kMinute) return 1;
  return 2 + static_cast<int>(elapsed / kHour);
}

/// Joined so that no part can pose as two.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) {
    out += std::to_string(part.size());
    out += ':';
    out += part;
  }
  return out;
}

/// `whose`: the container's id, where each has a series of its own.
SeriesName name_series(std::string_view host, std::string_view whose, const std::string& fresh) {
  const std::string fingerprint = hex(stable_hash(fresh));
  return {fingerprint, hex(stable_hash(joined({host, whose, fingerprint})))};
}

const Container& container_of(const Alert& alert) {
  static const Container kNobody;
  return alert.container ? *alert.container : kNobody;
}

void identify(Alert& alert) {
  const Container& container = container_of(alert);
  const auto& host = alert.host.name;
  auto named = alert.stands_for == StandsFor::behaviour
                   ? series_of(host, container, alert.rule.id, alert.behaviour)
                   : series_of(host, container, alert.rule.id, alert.stands_for);
  alert.fingerprint = std::move(named.fingerprint);
  alert.id = std::move(named.id);
}

}  // namespace

SeriesName series_of(std::string_view host, const Container& container, std::string_view rule,
                     const Behaviour& behaviour) {
  return name_series(
      host, container.id,
      joined({rule, container.repository, container.role, describe(behaviour), name(behaviour.outcome)}));
}

SeriesName series_of(std::string_view host, const Container& container, std::string_view rule,
                     StandsFor what) {
  const std::string_view image = container.image_id.empty() ? container.image : container.image_id;
  const std::string_view whose = what == StandsFor::many ? std::string_view{container.id} : "";
  return name_series(host, whose,
                     what == StandsFor::release ? joined({rule, container.repository, container.role, image})
                                                : joined({rule, container.repository, container.role}));
}

std::size_t brief_of(const Container& container, std::string_view rule, const Behaviour& behaviour) {
  std::size_t brief = behaviour.object.index() << 16U | static_cast<std::size_t>(behaviour.phase) << 8U |
                      static_cast<std::size_t>(behaviour.outcome);
  const auto add = [&brief](const auto& part) {
    std::size_t hash = 0;
    if constexpr (std::is_convertible_v<decltype(part), std::string_view>) {
      hash = std::hash<std::string_view>{}(part);
    } else {
      hash = static_cast<std::size_t>(part);
    }
    brief = (brief ^ hash) * 0x9e3779b97f4a7c15U;  // 2^64 over the golden ratio
    brief ^= brief >> 32U;
  };
  add(container.id), add(rule), add(behaviour.actor);
  for_each_field(behaviour.object, [&add](std::string_view, const auto& field) { add(field); });
  return brief;
}

bool AlertDeduplicator::admit(Alert& alert) {
  identify(alert);
  alert.update = false;
  alert.count = 1;
  const auto found = series_.find(alert.id);
  if (repeats(alert.id, alert.mode)) {
    Series& series = found->second;
    by_time_.erase({series.alert.time, alert.id});
    alert.update = true;
    alert.count = series.alert.count + 1;
    alert.time = std::max(alert.time, series.alert.time);
    series.alert = alert;
    by_time_.emplace(alert.time, alert.id);
    return false;
  }
  if (found != series_.end()) erase(found);
  make_room();
  const std::size_t brief = brief_of(container_of(alert), alert.rule.id, alert.behaviour);
  series_[alert.id] = {
      .alert = alert, .first = alert.time, .updates_sent = 0, .count_sent = 1, .brief = brief};
  briefs_.insert(brief);
  by_time_.emplace(alert.time, alert.id);
  return true;
}

// What was only noted while learning is an alert of its own once it is active.
bool AlertDeduplicator::repeats(const std::string& alert_id, AlertMode mode) const {
  const auto found = series_.find(alert_id);
  return found != series_.end() &&
         !(found->second.alert.mode == AlertMode::shadow && mode == AlertMode::active);
}

void AlertDeduplicator::make_room() {
  if (series_.size() < kMostSeries) return;
  auto oldest = std::ranges::find_if(by_time_, [this](const auto& entry) {
    const Series& series = series_.at(entry.second);
    return series.alert.count == series.count_sent;
  });
  if (oldest == by_time_.end()) oldest = by_time_.begin();
  erase(series_.find(oldest->second));
}

void AlertDeduplicator::erase(SeriesById::iterator one) {
  const Series& series = one->second;
  briefs_.erase(briefs_.find(series.brief));
  by_time_.erase({series.alert.time, one->first});
  series_.erase(one);
}

void AlertDeduplicator::repeat(const std::string& alert_id, std::uint64_t more, WallNs time) {
  const auto found = series_.find(alert_id);
  if (found == series_.end()) return;
  Alert& alert = found->second.alert;
  by_time_.erase({alert.time, alert_id});
  alert.count += more;
  alert.time = std::max(alert.time, time);
  by_time_.emplace(alert.time, alert_id);
}

std::vector<Alert> AlertDeduplicator::due(WallNs now) {
  std::vector<Alert> updates;
  for (auto& [id, series] : series_) {
    const int passed = moments(now - series.first);
    if (passed <= series.updates_sent) continue;
    series.updates_sent = passed;
    if (series.alert.count == series.count_sent) continue;
    series.count_sent = series.alert.count;
    series.alert.update = true;
    updates.push_back(series.alert);
  }
  std::ranges::stable_sort(updates, {}, &Alert::time);
  return updates;
}

const Alert* AlertDeduplicator::find(const std::string& alert_id) const {
  const auto found = series_.find(alert_id);
  return found == series_.end() ? nullptr : &found->second.alert;
}

std::vector<Alert> AlertDeduplicator::recent(std::size_t most) const {
  std::vector<Alert> alerts;
  auto entry = std::prev(by_time_.end(), static_cast<std::ptrdiff_t>(std::min(most, by_time_.size())));
  for (; entry != by_time_.end(); ++entry) alerts.push_back(series_.at(entry->second).alert);
  return alerts;
}

}  // namespace plimsoll
