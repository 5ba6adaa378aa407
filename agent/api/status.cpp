// The agent as a whole, and the containers it watches.
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

#include "agent/api/commands.h"
#include "agent/api/json.h"
#include "agent/config/names.h"
#include "agent/core/text.h"
#include "agent/host/host_facts.h"
#include "agent/pipeline/find.h"
#include "agent/pipeline/pipeline.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

json events_total(Pipeline& pipeline) {
  std::uint64_t seen = 0, known = 0, emitted = 0, lost = 0;
  for (const auto& [hook, c] : pipeline.counters()) {
    seen += c.seen;
    known += c.known;
    emitted += c.emitted;
    lost += total(c.lost);
  }
  return {{"seen", seen}, {"known", known}, {"emitted", emitted}, {"lost", lost}};
}

}  // namespace

Result<void> version(const Call& call) {
  call.reply({{"version", call.context.version}});
  return {};
}

Result<void> status(const Call& call) {
  const auto wanted = text_argument(call.args, "container");
  if (!wanted) {
    return fail(wanted.error());
  }
  const auto asked = call.pipeline.ask(ReportQuery{});
  const auto config = asked ? call.pipeline.ask(ConfigQuery{}) : fail(asked.error());
  if (!config) {
    return fail(config.error());
  }
  const auto& report = *asked;
  const auto found = find_containers(report.containers, *wanted);
  if (!found) {
    return fail(found.error());
  }
  json containers = json::array();
  for (const auto& one : *found) {
    containers.push_back(container_row(one));
  }
  std::uint64_t active = 0, shadow = 0;
  for (const auto& [kind, count] : report.totals.alerts) {
    (kind.mode == AlertMode::active ? active : shadow) += count;
  }
  std::set<std::string> blind;
  for (const auto& hook : call.pipeline.hooks()) {
    if (!why_blind(hook).empty()) {
      blind.insert(hook.hook);
    }
  }
  call.reply(
      {{"version", call.context.version},
       {"pid", getpid()},
       {"started", rfc3339(call.pipeline.started())},
       {"mode", name(config->learning.mode)},
       {"learning_paused", config->learning.paused},
       {"config", call.context.config_path},
       {"state_dir", config->agent.state_dir},
       {"alerts_file", config->alerts.file},
       {"metrics", config->metrics.listen},
       {"cgroups",
        {{"hierarchy", call.pipeline.hierarchy().name},
         {"mount_point", call.pipeline.hierarchy().mount_point}}},
       {"containers", std::move(containers)},
       {"pending", report.pending},
       {"held_events", report.held},
       {"queue_depth", call.pipeline.queue_depth()},
       {"unwatched_seconds", call.pipeline.seconds_unwatched()},
       {"events", events_total(call.pipeline)},
       {"alerts", {{"active", active}, {"shadow", shadow}}},
       {"profiles", report.profiles_by_state},
       {"fleet", fleet_row(call.pipeline.fleet())},
       {"blind", std::move(blind)},
       {"confinement", confinement_row(read_confinement("/proc/self"), call.context.needed_capabilities)},
       {"problems", call.pipeline.problems()}});
  return {};
}

}  // namespace plimsoll::api
