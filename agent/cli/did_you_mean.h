// What somebody who mistyped a word may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// `; did you mean "status"?` with the candidate that the fewest edits lead to, or nothing when all are far.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace plimsoll
