// Asking the agent, and saying what came of it.
#include "agent/cli/context.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/control/control.h"

namespace plimsoll {

using nlohmann::json;

Result<Config> read_config(const Context& context) {
  return load_config(context.config_path, context.config_named);
}

Result<std::string> agent_socket(const Context& context) {
  if (!context.socket.empty()) return context.socket;
  const auto config = read_config(context);
  if (!config) return std::unexpected(config.error());
  return config->agent.socket;
}

Result<json> ask_agent(const Context& context, const std::string& command, const json& args) {
  const auto socket = agent_socket(context);
  if (!socket) return std::unexpected(socket.error());
  json answer;
  const auto done = control_request(*socket, command, args, [&](const json& data) {
    answer = data;
    return false;
  });
  if (!done) return std::unexpected(done.error());
  if (answer.is_null()) return fail("the agent on " + *socket + " ended before it answered");
  return answer;
}

int report(const Context& context, const Error& error, int exit_code) {
  context.err << context.palette.bad("plimsoll:") << ' ' << error.message << '\n';
  return exit_code;
}

void print_json(const Context& context, const json& value, bool stream) {
  context.out << value.dump(stream ? -1 : 2, ' ', true, json::error_handler_t::replace) << '\n';
  if (stream) context.out.flush();
}

}  // namespace plimsoll
