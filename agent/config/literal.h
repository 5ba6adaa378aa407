// TOML literals.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// A basic string, on one line.
std::string string_literal(std::string_view text);
/// The shortest float that reads back to the same: "3.0".
std::string float_literal(double value);
/// "[a, b]" or, one item a line, "[\n  a,\n  b,\n]".
std::string array_literal(const std::vector<std::string>& items, bool one_per_line = false);
/// "{ a = 1, b = 2 }" of "a = 1" and "b = 2".
std::string table_literal(const std::vector<std::string>& members);

}  // namespace plimsoll
