// The table that the kernel tests print last: hook by hook, what was triggered and what was asserted.
#pragma once

#include <string>

namespace plimsoll::kernel_test {

/// Adds a row; `passed` is whether the asserted fields were right.
void add_row(const std::string& hook, const std::string& trigger, const std::string& asserted, bool passed);

}  // namespace plimsoll::kernel_test
