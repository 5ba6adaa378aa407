// Bounded queues to subscribers.
#include "agent/engine/event_broadcaster.h"

namespace plimsoll {

void Subscription::offer(const std::shared_ptr<const BroadcastEvent>& event) {
  const MutexLock lock(mutex_);
  if (events_.size() >= most_) {
    ++dropped_;
    return;
  }
  events_.push_back(event);
  ready_.notify_one();
}

std::shared_ptr<const BroadcastEvent> Subscription::next(std::chrono::milliseconds timeout) {
  MutexLock lock(mutex_);
  if (!ready_.wait_for(lock, timeout, [this]() REQUIRES(mutex_) { return !events_.empty(); })) {
    return nullptr;
  }
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::uint64_t Subscription::dropped() const {
  const MutexLock lock(mutex_);
  return dropped_;
}

bool EventBroadcaster::wanted(const Container& container, Action action) {
  std::erase_if(subscribers_, [](const auto& weak) { return weak.expired(); });
  for (const auto& weak : subscribers_) {
    if (const auto subscription = weak.lock(); subscription && subscription->wants(container, action)) {
      return true;
    }
  }
  return false;
}

void EventBroadcaster::publish(const BroadcastEvent& event) {
  const auto shared = std::make_shared<const BroadcastEvent>(event);
  const auto action = event.activity.behaviour.action();
  for (const auto& weak : subscribers_) {
    if (const auto subscription = weak.lock();
        subscription && subscription->wants(*event.container, action)) {
      subscription->offer(shared);
    }
  }
}

}  // namespace plimsoll
