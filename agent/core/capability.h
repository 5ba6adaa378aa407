// Names of Linux capabilities.
#pragma once

#include <cstdint>
#include <string>

namespace plimsoll {

/// "cap_net_raw"; "cap_N" for a number without a name.
std::string capability_name(unsigned number);

/// "cap_net_raw,cap_sys_admin", sorted by name; bit n is capability n (capabilities(7)). A bit without a name
/// is "cap_N".
std::string capability_names(std::uint64_t mask);

}  // namespace plimsoll
