// `plimsoll unload`: removes the programs that an agent left in the kernel.
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/sensor/sensor.h"

namespace plimsoll {

int command_unload(const Context& context) {
  const auto config = read_config(context);
  if (!config) return report(context, config.error());
  const std::string& folder = config->sensor.pin_path;
  if (folder.empty())
    return report(context, {"sensor.pin_path is empty: there are no pinned programs to remove"});
  if (ask_agent(context, "version", nlohmann::json::object()))
    return report(context, {"an agent is running and would go blind; stop it first"});
  const auto unread = end_pinned_sensor(folder);
  if (!unread) return report(context, unread.error());
  context.out << "Removed the programs pinned in " << folder << "; " << *unread
              << " of their events were not read.\n";
  return kExitOk;
}

}  // namespace plimsoll
