// Which of the attach plan's rows are used: of alternatives, the first that the kernel takes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/result.h"
#include "agent/sensor/attach/attach_plan.h"

namespace plimsoll {

/// A row of the attach plan that is used, and why better ones are not.
struct ChosenRow {
  const PlannedProgram* plan = nullptr;
  std::string passed_over;
};

/// Why the kernel does not take that alternative; empty if it does.
using Trial = std::function<std::string(const PlannedProgram&)>;

/// Settles which alternative of a family is used: the first that passes its trial, else the last; or the one
/// that was asked for.
Result<std::vector<ChosenRow>> choose_rows(const std::string& asked_for, const Trial&);

/// What stands in for a chosen row that was refused after all; `plan` is null after the last alternative.
ChosenRow next_alternative(const ChosenRow&, const std::string& why_refused);

bool in_use(const std::vector<ChosenRow>&, std::string_view alternative);

/// Is that row of any use beside those that were chosen?
bool is_needed(const PlannedProgram&, const std::vector<ChosenRow>&);

/// What may be asked for when the last of the row's alternatives is refused: the end of a message, or empty.
std::string last_resort(const PlannedProgram&);

}  // namespace plimsoll
