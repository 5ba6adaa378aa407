// What somebody who mistyped a word may have meant.
#include "agent/cli/did_you_mean.h"

#include <algorithm>
#include <numeric>

namespace plimsoll {
namespace {

/// Insertions, deletions and replacements of a byte (Levenshtein).
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const auto replaced = diagonal + (from[i - 1] == to[j - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  std::string_view nearest;
  auto fewest = std::max<std::size_t>(1, word.size() / 2) + 1;
  for (const auto& candidate : candidates) {
    if (const auto count = edits(word, candidate); count < fewest) {
      fewest = count;
      nearest = candidate;
    }
  }
  return nearest.empty() ? "" : "; did you mean \"" + std::string(nearest) + "\"?";
}

}  // namespace plimsoll
