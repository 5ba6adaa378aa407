// An alert for a person: what happened, against what was expected, and by whom.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "agent/cli/palette.h"

namespace plimsoll {

/// Several lines from the contract's alert JSON, indented by two blanks; every string in it made safe.
std::string alert_text(const nlohmann::json& alert, const Palette&);

}  // namespace plimsoll
