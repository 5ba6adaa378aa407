#include "agent/sensor/attach/choose_rows.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <set>
#include <utility>

namespace plimsoll {
namespace {

// The next of a row's alternatives; null after the last.
const PlannedProgram* after(const PlannedProgram& row) {
  const auto plan = attach_plan();
  const auto here = plan.begin() + (&row - plan.data());
  const auto next = std::find_if(std::next(here), plan.end(), [&](const PlannedProgram& other) {
    return other.family == row.family && row.family != Family::none && !other.only_if_asked;
  });
  return next == plan.end() ? nullptr : &*next;
}

std::string joined(const std::string& passed_over, const PlannedProgram& row, const std::string& error) {
  return (passed_over.empty() ? "" : passed_over + "; ") + std::string(row.way) + ": " + error;
}

}  // namespace

ChosenRow next_alternative(const ChosenRow& row, const std::string& why_refused) {
  return {after(*row.plan), joined(row.passed_over, *row.plan, why_refused)};
}

Result<std::vector<ChosenRow>> choose_rows(const std::string& asked_for, const Trial& trial) {
  std::vector<ChosenRow> chosen;
  std::set<Family> settled{Family::none};
  std::string passed_over;
  for (const PlannedProgram& row : attach_plan()) {
    if (row.family != Family::none && settled.contains(row.family)) continue;
    const bool by_name = row.family != Family::none && !asked_for.empty();
    if (by_name ? asked_for != row.alternative : row.only_if_asked) continue;
    const bool tried = row.family != Family::none && (by_name || after(row) != nullptr);
    const std::string error = tried ? trial(row) : "";
    if (error.empty()) {
      chosen.push_back({&row, std::exchange(passed_over, "")});
      settled.insert(row.family);
    } else if (by_name) {
      return fail(std::string("the way that was asked for, ").append(asked_for).append(", cannot be used: ") +
                  error);
    } else {
      passed_over = joined(passed_over, row, error);
    }
  }
  if (!asked_for.empty() && settled.size() == 1)
    return fail("no way \"" + asked_for + "\" is in the attach plan");
  return chosen;
}

bool in_use(const std::vector<ChosenRow>& rows, std::string_view alternative) {
  return std::ranges::any_of(rows,
                             [&](const ChosenRow& row) { return row.plan->alternative == alternative; });
}

bool is_needed(const PlannedProgram& row, const std::vector<ChosenRow>& chosen) {
  const auto unneeded = std::ranges::any_of(std::views::split(row.unless, ' '), [&](const auto& alternative) {
    return in_use(chosen, std::string_view(alternative));
  });
  return !unneeded && (row.only_with.empty() || in_use(chosen, row.only_with));
}

std::string last_resort(const PlannedProgram& row) {
  const auto asked = std::ranges::find_if(attach_plan(), [&](const PlannedProgram& other) {
    return other.family == row.family && other.only_if_asked;
  });
  if (row.family == Family::none || asked == attach_plan().end() || &*asked == &row) return {};
  return "; " + std::string(asked->way) +
         " may do, at a cost to every system call of this host: set attach = \"" +
         std::string(asked->alternative) + "\" in [sensor]";
}

}  // namespace plimsoll
