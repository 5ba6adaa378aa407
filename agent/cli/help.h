// The texts of --help.
#pragma once

#include <string>
#include <string_view>

namespace plimsoll {

std::string_view help_description();
/// Examples, environment, exit codes and files, after the list of commands.
std::string_view help_footer();

}  // namespace plimsoll
