#include "agent/core/losses.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace plimsoll {

std::uint64_t total(const Losses& losses) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : losses) sum += count;
  return sum;
}

std::string describe(const Losses& losses) {
  std::vector<std::pair<std::string, std::uint64_t>> rows(losses.begin(), losses.end());
  std::ranges::stable_sort(rows, std::ranges::greater{}, [](const auto& row) { return row.second; });
  std::string text;
  for (const auto& [reason, count] : rows)
    if (count != 0) text += (text.empty() ? "" : ", ") + reason + " " + std::to_string(count);
  return text;
}

void add(Losses& to, const Losses& more) {
  for (const auto& [reason, count] : more) to[reason] += count;
}

}  // namespace plimsoll
