// `plimsoll unload`: what an agent has left at work in the kernel ends.
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
  if (folder.empty()) return report(context, {"sensor.pin_path is empty: programs end with their agent"});
  if (ask_agent(context, "version", nlohmann::json::object()))
    return report(context, {"an agent is running, and would be blind; stop it first"});
  const auto unread = end_pinned_sensor(folder);
  if (!unread) return report(context, unread.error());
  context.out << "ended what was at work in " << folder << "; nobody has read " << *unread
              << " of its events\n";
  return kExitOk;
}

}  // namespace plimsoll
