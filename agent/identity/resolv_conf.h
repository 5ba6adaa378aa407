// resolv.conf(5), as far as it names resolvers.
#pragma once

#include <string_view>
#include <vector>

#include "agent/core/destination.h"

namespace plimsoll {

/// The first eight; what is no address is left out.
std::vector<Address> name_servers(std::string_view resolv_conf);

}  // namespace plimsoll
