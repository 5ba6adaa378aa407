// A bottom-k sketch: the k smallest hashes of a set. Merging is a union, so it is idempotent and order-free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "agent/core/result.h"

namespace plimsoll {

class Sketch {
 public:
  static constexpr std::size_t kSize = 32;

  /// False when it is known to be in there already.
  bool add(std::string_view item);
  void merge(const Sketch&);
  /// Exact below kSize, then about +-18 %.
  [[nodiscard]] double estimate() const;
  [[nodiscard]] bool empty() const { return hashes_.empty(); }
  /// Hex hashes, ascending, separated by blanks.
  [[nodiscard]] std::string text() const;
  static Result<Sketch> parse(std::string_view);
  bool operator==(const Sketch&) const = default;

 private:
  std::set<std::uint64_t> hashes_;
};

}  // namespace plimsoll
