#include "agent/sensor/self_test/self_test_schedule.h"

#include <utility>

namespace plimsoll {

bool SelfTestSchedule::due(Time now) const {
  return !running_ && (!begun_ || now - last_ >= every_);
}

void SelfTestSchedule::begin(Time now) {
  last_ = now;
  begun_ = running_ = true;
  performed_.reset();
  reported_ = 0;
}

bool SelfTestSchedule::evaluate(Time now) {
  if (!running_) return false;
  const bool late = now - last_ >= patience_;
  stuck_ = !performed_ && late;
  if (!performed_) return false;
  const HookSet missing = *performed_ & ~reported_;
  if (missing != 0 && !late) return false;
  running_ = false;
  return std::exchange(silent_, missing) != missing;
}

}  // namespace plimsoll
