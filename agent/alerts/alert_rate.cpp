// A bucket for each rule and container.
#include "agent/alerts/alert_rate.h"

#include <algorithm>

namespace plimsoll {

bool AlertRate::take(const std::string& container, std::string_view rule, WallNs time) {
  auto& bucket = buckets_.try_emplace({container, rule}, Bucket{kAtOnce, time}).first->second;
  const auto passed = static_cast<double>(std::max<WallNs>(time - bucket.time, 0)) / kNsPerSecond;
  bucket.left = std::min(bucket.left + passed * kPerSecond, kAtOnce);
  bucket.time = std::max(bucket.time, time);
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

void AlertRate::forget(const std::string& container) {
  const auto first = buckets_.lower_bound({container, {}});
  const auto last =
      std::find_if(first, buckets_.end(), [&](const auto& entry) { return entry.first.first != container; });
  buckets_.erase(first, last);
}

}  // namespace plimsoll
