// The known name that a mistyped one was probably meant to be.
#pragma once

#include <string_view>
#include <vector>

namespace plimsoll {

/// The nearest of `known` by edit distance, when at most a quarter of the letters (and one more) differ;
/// empty when none is that close.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace plimsoll
