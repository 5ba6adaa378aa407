// What is done every so often, by the clock that is passed in.
#pragma once

#include <optional>

#include "agent/core/clock.h"

namespace plimsoll {

class Periodic {
 public:
  explicit Periodic(WallNs every) : every_(every) {}

  /// Is it time again? Then it has been done at `now`. The first time is at once, unless it was deferred.
  bool due(WallNs now) {
    if (done_ && now - *done_ < every_) return false;
    done_ = now;
    return true;
  }
  /// It is due at the next call, whenever it was done last.
  void soon() { done_.reset(); }
  /// As if it had been done at `now`.
  void defer(WallNs now) { done_ = now; }

 private:
  WallNs every_;
  std::optional<WallNs> done_;
};

}  // namespace plimsoll
