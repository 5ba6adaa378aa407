// How many alerts a rule may begin in a container, so that a flood of new behaviour fills no disk and hides
// nobody else.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "agent/core/clock.h"

namespace plimsoll {

class AlertRate {
 public:
  static constexpr double kAtOnce = 200, kPerSecond = 20;

  /// True: this one may be written by itself. `time` is the event's.
  bool take(const std::string& container, std::string_view rule, WallNs time);
  /// The container has gone.
  void forget(const std::string& container);

 private:
  struct Bucket {
    double left = kAtOnce;
    WallNs time = 0;
  };
  std::map<std::pair<std::string, std::string_view>, Bucket> buckets_;  ///< rules' ids are static
};

}  // namespace plimsoll
