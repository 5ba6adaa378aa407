// Which images have a metric label of their own: the busiest, so that nobody can flood the registry with
// names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace plimsoll {

class ImageLabels {
 public:
  static constexpr std::string_view kOther = "_other";

  /// `most`: labels given out at a time. Sixteen times as many images are remembered, the others share
  /// `_other`.
  explicit ImageLabels(std::size_t most = 200) : most_(most) {}

  /// An image was busy by `weight`; it may take the place of the quietest labelled one when it has become
  /// twice as busy, so that two images of the same load don't take turns.
  /// An image that is named by a path (a bare runc bundle's) has no label of its own: paths are never labels.
  void busy(std::string_view image, std::uint64_t weight);
  /// The image itself, or `_other`.
  [[nodiscard]] std::string_view label(std::string_view image) const;

 private:
  std::size_t most_;
  std::map<std::string, std::uint64_t, std::less<>> labelled_, others_;
};

}  // namespace plimsoll
