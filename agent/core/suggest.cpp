// The known name that a mistyped one was probably meant to be.
#include "agent/core/suggest.h"

#include <algorithm>
#include <numeric>

namespace plimsoll {
namespace {

constexpr std::size_t kLongest = 100;  // the cost grows with the product of both lengths

/// Levenshtein's: how many characters must be inserted, removed or replaced.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known) {
  if (name.size() > kLongest) return {};
  std::string_view nearest;
  std::size_t least = 2 + name.size() / 4;
  for (const auto candidate : known) {
    const auto distance = edit_distance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace plimsoll
