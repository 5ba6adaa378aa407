// `plimsoll alerts`: the latest alerts, or one of them in full.
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/alert_text.h"
#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "agent/control/control.h"

namespace plimsoll {

using nlohmann::json;

int command_alerts(const Context& context, const AlertsOptions& options) {
  const auto socket = agent_socket(context);
  if (!socket) return report(context, socket.error());
  json args{{"most", options.most}};
  if (!options.id.empty()) args["id"] = options.id;
  if (!options.container.empty()) args["container"] = options.container;

  Table table({"TIME", "SEVERITY", "MODE", "RULE", "CONTAINER", "IMAGE", "COUNT", "ID", "MESSAGE"});
  json found = json::array();
  const auto done = control_request(*socket, "alerts", args, [&](const json& alert) {
    found.push_back(alert);
    const auto container = alert.value("container", json::object());
    table.row({field(alert, "time").substr(0, 19), field(alert, "severity"), field(alert, "mode"),
               field(alert, "rule"), field(container, "name"), field(container, "image"),
               field(alert, "count"), field(alert, "id"), field(alert, "message")});
    return true;
  });
  if (!done) return report(context, done.error());
  if (!options.id.empty() && found.empty()) {
    return report(context, {"no alert has the id " + safe(options.id) + "; plimsoll alerts lists them"});
  }
  if (context.output == Output::json) {
    print_json(context, options.id.empty() ? found : found.front());
  } else if (!options.id.empty()) {
    context.out << alert_text(found.front(), context.palette);
  } else {
    context.out << (found.empty() ? std::string("No alerts.\n") : table.text());
  }
  return kExitOk;
}

}  // namespace plimsoll
