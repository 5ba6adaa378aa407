// The live stream of evaluated activities, for subscribers. A slow subscriber loses events, and can read how
// many.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/container.h"
#include "agent/core/event.h"
#include "agent/core/mutex.h"
#include "agent/core/names.h"

namespace plimsoll {

/// What the agent made of an activity.
enum class Verdict : std::uint8_t {
  known,        ///< the profile has it
  learned,      ///< new behaviour, now part of the profile
  quarantined,  ///< the profile has it (now), and will not trust it until another container shows it
  alert,        ///< at least one active alert
  shadow,       ///< only shadow alerts, and not learned
  ignored,      ///< new behaviour that no rule reports, and that is not learned
};
template <>
inline constexpr auto kNamesOf<Verdict> =
    names({"known", "learned", "quarantined", "alert", "shadow", "ignored"});

struct BroadcastEvent {
  Activity activity;  ///< argv redacted
  ContainerPtr container;
  Verdict verdict = Verdict::known;
  std::vector<std::string_view> rules;
};

/// What a watcher wants to see.
struct EventFilter {
  std::string container;         ///< only of this id; empty: of all
  std::optional<Action> action;  ///< only of this kind; none: of all
};

class Subscription {
 public:
  explicit Subscription(EventFilter filter, std::size_t most = 1024)
      : filter_(std::move(filter)), most_(most) {}

  [[nodiscard]] bool wants(const Container& container, Action action) const {
    return (filter_.container.empty() || filter_.container == container.id) &&
           filter_.action.value_or(action) == action;
  }
  void offer(const std::shared_ptr<const BroadcastEvent>&);
  /// Waits up to `timeout`; null when nothing came.
  std::shared_ptr<const BroadcastEvent> next(std::chrono::milliseconds timeout);
  /// Events that this subscriber was too slow for.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  const EventFilter filter_;
  const std::size_t most_;
  mutable Mutex mutex_;
  ConditionVariable ready_;
  std::deque<std::shared_ptr<const BroadcastEvent>> events_ GUARDED_BY(mutex_);
  std::uint64_t dropped_ GUARDED_BY(mutex_) = 0;
};

/// Used by the loop thread alone.
class EventBroadcaster {
 public:
  /// The subscription ends when its last owner lets go of it.
  void subscribe(const std::shared_ptr<Subscription>& subscription) { subscribers_.push_back(subscription); }
  /// Anybody there for such events of this container? Nothing has to be copied if not.
  [[nodiscard]] bool wanted(const Container&, Action);
  void publish(const BroadcastEvent&);

 private:
  std::vector<std::weak_ptr<Subscription>> subscribers_;
};

}  // namespace plimsoll
