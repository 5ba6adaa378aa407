// The reference page of the configuration.
#pragma once

#include <string>

namespace plimsoll {

/// deploy/configuration.md, as Markdown, from the table of keys.
std::string configuration_page();

}  // namespace plimsoll
