// `plimsoll events`: what containers do, as the agent judges it.
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "agent/control/control.h"

namespace plimsoll {
namespace {

using nlohmann::json;

std::string verdict(const Palette& palette, const std::string& name) {
  const auto text = padded(name, 11);
  if (name == "alert") return palette.bad(text);
  if (name == "shadow") return palette.warn(text);
  return name == "known" ? palette.faint(text) : text;
}

void print_event(const Context& context, const json& event) {
  // 2026-03-01T09:14:07.123456789Z -> 09:14:07.123
  const auto time = field(event, "time");
  context.out << (time.size() >= 23 ? time.substr(11, 12) : time) << "  "
              << verdict(context.palette, field(event, "verdict")) << "  "
              << padded(field(event, "container"), 16) << "  " << field(event, "describe");
  if (const auto rules = joined(event, "rules", ","); !rules.empty()) {
    context.out << "  " << context.palette.bold("[" + rules + "]");
  }
  context.out << std::endl;
}

}  // namespace

int command_events(const Context& context, const EventsOptions& options) {
  const auto socket = agent_socket(context);
  if (!socket) return report(context, socket.error());
  auto args = json::object();
  if (!options.container.empty()) args["container"] = options.container;
  if (!options.action.empty()) args["action"] = options.action;
  std::size_t printed = 0;
  std::string dropped = "0";
  const auto done = control_request(*socket, "events", args, [&](const json& event) {
    if (context.output == Output::json) {
      print_json(context, event, true);
    } else {
      print_event(context, event);
    }
    if (const auto now = field(event, "dropped"); !now.empty() && now != dropped) {
      dropped = now;
      context.err << "plimsoll: " << dropped << " events were not shown: they came too fast\n";
    }
    return context.out.good() && (options.follow || ++printed < options.most);
  });
  return done ? kExitOk : report(context, done.error());
}

}  // namespace plimsoll
