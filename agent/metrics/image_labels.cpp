// The busiest images, by a count each.
#include "agent/metrics/image_labels.h"

#include <algorithm>

namespace plimsoll {

void ImageLabels::busy(std::string_view image, std::uint64_t weight) {
  if (image.starts_with('/')) {
    return;
  }
  if (const auto own = labelled_.find(image); own != labelled_.end()) {
    own->second += weight;
    return;
  }
  if (labelled_.size() < most_) {
    labelled_.emplace(image, weight);
    return;
  }
  auto other = others_.find(image);
  if (other == others_.end()) {
    if (others_.size() >= 16 * most_) {
      return;
    }
    other = others_.emplace(image, 0).first;
  }
  other->second += weight;
  const auto quietest =
      std::ranges::min_element(labelled_, {}, [](const auto& entry) { return entry.second; });
  if (quietest != labelled_.end() && other->second > 2 * quietest->second) {
    auto up = others_.extract(other);
    others_.insert(labelled_.extract(quietest));
    labelled_.insert(std::move(up));
  }
}

std::string_view ImageLabels::label(std::string_view image) const {
  const auto own = labelled_.find(image);
  return own == labelled_.end() ? kOther : std::string_view(own->first);
}

}  // namespace plimsoll
