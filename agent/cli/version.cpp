// `plimsoll version`.
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"

namespace plimsoll {

int command_version(const Context& context) {
  if (context.output == Output::json) {
    print_json(context, {{"version", PLIMSOLL_VERSION}});
  } else {
    context.out << "plimsoll " << PLIMSOLL_VERSION << '\n';
  }
  return kExitOk;
}

}  // namespace plimsoll
