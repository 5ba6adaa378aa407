// `plimsoll config check|show`: whether the file is right, and every key with its value.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/identity/resolver.h"

namespace plimsoll {

using nlohmann::json;

int command_config_check(const Context& context) {
  std::string problem;
  const auto config = read_config(context);
  if (!config) {
    problem = config.error().message;
  } else if (const auto resolver = make_resolver(config->identity); !resolver) {
    problem = context.config_path + ": identity: " + resolver.error().message;
  }
  if (context.output == Output::json) {
    print_json(context, {{"path", context.config_path}, {"ok", problem.empty()}, {"error", problem}});
    return problem.empty() ? kExitOk : kExitCheckFailed;
  }
  if (!problem.empty()) return report(context, {problem}, kExitCheckFailed);
  context.out << context.config_path << ": "
              << (std::filesystem::exists(context.config_path) ? "ok" : "no such file; the defaults apply")
              << '\n';
  return kExitOk;
}

int command_config_show(const Context& context, bool running) {
  json shown;
  if (running) {
    const auto answer = ask_agent(context, "config.show", json::object());
    if (!answer) return report(context, answer.error());
    shown = *answer;
  } else {
    const auto config = read_config(context);
    if (!config) return report(context, config.error());
    shown = {{"path", context.config_path}, {"toml", to_toml(*config)}};
  }
  if (context.output == Output::json) {
    print_json(context, shown);
  } else {
    context.out << shown.value("toml", "");
  }
  return kExitOk;
}

}  // namespace plimsoll
