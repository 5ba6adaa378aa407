// What the agent looks for, through which hooks, and as configured.
#include <nlohmann/json.hpp>

#include "agent/api/commands.h"
#include "agent/api/json.h"
#include "agent/pipeline/pipeline.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

}  // namespace

Result<void> rules(const Call& call) {
  const auto rules = call.pipeline.ask(RulesQuery{});
  if (!rules) {
    return fail(rules.error());
  }
  json rows = json::array();
  for (const auto& rule : *rules) {
    rows.push_back(rule_row(rule));
  }
  call.reply({{"rules", std::move(rows)}});
  return {};
}

Result<void> hooks(const Call& call) {
  call.reply(
      {{"hooks", hook_rows(call.pipeline.hooks())}, {"counters", hook_counters(call.pipeline.counters())}});
  return {};
}

Result<void> config_show(const Call& call) {
  const auto config = call.pipeline.ask(ConfigQuery{});
  if (!config) {
    return fail(config.error());
  }
  call.reply({{"path", call.context.config_path}, {"toml", to_toml(*config)}});
  return {};
}

}  // namespace plimsoll::api
