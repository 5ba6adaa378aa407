// The table of commands, and its registration.
#include "agent/api/commands.h"

#include <nlohmann/json.hpp>

namespace plimsoll {
namespace api {

std::span<const Command> commands() {
#define PLIMSOLL_ROW(name, function) {name, function},
  static constexpr Command kCommands[] = {PLIMSOLL_API_COMMANDS(PLIMSOLL_ROW)};
#undef PLIMSOLL_ROW
  return kCommands;
}

}  // namespace api

void register_handlers(ControlServer& server, Pipeline& pipeline, const ServeContext& context) {
  for (const auto& command : api::commands()) {
    server.handle(command.name, [&pipeline, context, answer = command.answer](
                                    const nlohmann::json& args, const ControlServer::Reply& reply) {
      return answer({pipeline, context, args, reply});
    });
  }
}

}  // namespace plimsoll
