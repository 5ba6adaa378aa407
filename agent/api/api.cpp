// The agent's answers on its control socket.
#include "agent/api/api.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/api/json.h"
#include "agent/core/text.h"
#include "agent/host/host_facts.h"
#include "agent/pipeline/find.h"
#include "agent/pipeline/pipeline.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using nlohmann::json;
using Reply = ControlServer::Reply;

const char* mode_name(LearningMode mode) {
  switch (mode) {
    case LearningMode::learn:
      return "learn";
    case LearningMode::detect:
      return "detect";
    case LearningMode::automatic:
      break;
  }
  return "auto";
}

class Answers {
 public:
  Answers(Pipeline& pipeline, ServeContext context) : pipeline_(pipeline), context_(std::move(context)) {}

  Result<void> version(const Reply& reply) const {
    reply({{"version", context_.version}});
    return {};
  }
  Result<void> status(const json& args, const Reply& reply) const;
  Result<void> events(const json& args, const Reply& reply) const;
  Result<void> alerts(const json& args, const Reply& reply) const;
  Result<void> rules(const Reply& reply) const;
  Result<void> hooks(const Reply& reply) const;
  Result<void> config_show(const Reply& reply) const;

 private:
  [[nodiscard]] json events_total() const;

  Pipeline& pipeline_;
  ServeContext context_;
};

json Answers::events_total() const {
  std::uint64_t seen = 0, known = 0, emitted = 0, lost = 0;
  for (const auto& [hook, c] : pipeline_.counters()) {
    seen += c.seen;
    known += c.known;
    emitted += c.emitted;
    lost += total(c.lost);
  }
  return {{"seen", seen}, {"known", known}, {"emitted", emitted}, {"lost", lost}};
}

Result<void> Answers::status(const json& args, const Reply& reply) const {
  const auto wanted = text_argument(args, "container");
  if (!wanted) {
    return fail(wanted.error());
  }
  const auto asked = pipeline_.ask(ReportQuery{});
  const auto config = asked ? pipeline_.ask(ConfigQuery{}) : fail(asked.error());
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
  for (const auto& hook : pipeline_.hooks()) {
    if (!why_blind(hook).empty()) {
      blind.insert(hook.hook);
    }
  }
  reply({{"version", context_.version},
         {"pid", getpid()},
         {"started", rfc3339(pipeline_.started())},
         {"mode", mode_name(config->learning.mode)},
         {"learning_paused", config->learning.paused},
         {"config", context_.config_path},
         {"state_dir", config->agent.state_dir},
         {"alerts_file", config->alerts.file},
         {"metrics", config->metrics.listen},
         {"cgroups",
          {{"hierarchy", pipeline_.hierarchy().name}, {"mount_point", pipeline_.hierarchy().mount_point}}},
         {"containers", std::move(containers)},
         {"pending", report.pending},
         {"held_events", report.held},
         {"queue_depth", pipeline_.queue_depth()},
         {"unwatched_seconds", pipeline_.seconds_unwatched()},
         {"events", events_total()},
         {"alerts", {{"active", active}, {"shadow", shadow}}},
         {"profiles", report.profiles_by_state},
         {"fleet", fleet_row(pipeline_.fleet())},
         {"blind", std::move(blind)},
         {"confinement", confinement_row(read_confinement("/proc/self"), context_.needed_capabilities)},
         {"problems", pipeline_.problems()}});
  return {};
}

Result<void> Answers::events(const json& args, const Reply& reply) const {
  const auto wanted = text_argument(args, "container");
  if (!wanted) {
    return fail(wanted.error());
  }
  const auto action = text_argument(args, "action");
  if (!action) {
    return fail(action.error());
  }
  EventFilter filter{.action = action_from(*action)};
  if (!action->empty() && !filter.action) {
    return fail("no action \"" + escape(*action) +
                "\"; accepted: exec, setid, capset, mount, connect, socket, ns");
  }
  if (!wanted->empty()) {
    const auto found = pipeline_.ask(ContainerQuery{*wanted});
    if (!found) {
      return fail(found.error());
    }
    filter.container = (*found)->id;
  }
  const auto subscription = std::make_shared<Subscription>(std::move(filter));
  const auto begun = pipeline_.ask(SubscribeCommand{subscription});
  if (!begun) {
    return fail(begun.error());
  }
  while (true) {
    const auto event = subscription->next(std::chrono::seconds(1));
    if (!reply(event ? event_line(*event, subscription->dropped()) : json())) {
      return {};
    }
  }
}

Result<void> Answers::alerts(const json& args, const Reply& reply) const {
  constexpr std::size_t kMost = 100, kAll = 10'000;
  const auto id = text_argument(args, "id");
  const auto container = text_argument(args, "container");
  if (!id || !container) {
    return fail((id ? container : id).error());
  }
  std::size_t most = kMost;
  if (args.is_object() && args.contains("most")) {
    if (!args["most"].is_number_unsigned()) {
      return fail("\"most\": accepted: a whole number from 1");
    }
    most = std::clamp<std::size_t>(args["most"].get<std::size_t>(), 1, kAll);
  }
  const bool filtered = !id->empty() || !container->empty();
  auto recent = pipeline_.ask(AlertsQuery{filtered ? kAll : most});
  if (!recent) {
    return fail(recent.error());
  }
  std::erase_if(*recent, [&](const Alert& alert) {
    const auto& c = *alert.container;
    return !alert.id.starts_with(*id) ||
           !(container->empty() || c.name == *container || c.id.starts_with(*container));
  });
  if (recent->empty() && !id->empty()) {
    return fail("no alert \"" + escape(*id) + "\" is remembered; `alerts` lists those that are");
  }
  const auto skip = recent->size() > most ? recent->size() - most : 0;
  for (auto alert = recent->begin() + static_cast<std::ptrdiff_t>(skip); alert != recent->end(); ++alert) {
    if (!reply(json::parse(to_json(*alert)))) {
      break;
    }
  }
  return {};
}

Result<void> Answers::rules(const Reply& reply) const {
  const auto rules = pipeline_.ask(RulesQuery{});
  if (!rules) {
    return fail(rules.error());
  }
  json rows = json::array();
  for (const auto& rule : *rules) {
    rows.push_back(rule_row(rule));
  }
  reply({{"rules", std::move(rows)}});
  return {};
}

Result<void> Answers::hooks(const Reply& reply) const {
  reply({{"hooks", hook_rows(pipeline_.hooks())}, {"counters", hook_counters(pipeline_.counters())}});
  return {};
}

Result<void> Answers::config_show(const Reply& reply) const {
  const auto config = pipeline_.ask(ConfigQuery{});
  if (!config) {
    return fail(config.error());
  }
  reply({{"path", context_.config_path}, {"toml", to_toml(*config)}});
  return {};
}

}  // namespace

void register_handlers(ControlServer& server, Pipeline& pipeline, const ServeContext& context) {
  const auto answers = std::make_shared<const Answers>(pipeline, context);
  server.handle("version", [answers](const json&, const Reply& reply) { return answers->version(reply); });
  server.handle("status",
                [answers](const json& args, const Reply& reply) { return answers->status(args, reply); });
  server.handle("events",
                [answers](const json& args, const Reply& reply) { return answers->events(args, reply); });
  server.handle("alerts",
                [answers](const json& args, const Reply& reply) { return answers->alerts(args, reply); });
  server.handle("rules", [answers](const json&, const Reply& reply) { return answers->rules(reply); });
  server.handle("hooks", [answers](const json&, const Reply& reply) { return answers->hooks(reply); });
  server.handle("config.show",
                [answers](const json&, const Reply& reply) { return answers->config_show(reply); });
  register_profile_handlers(server, pipeline);
  register_import_handler(server, pipeline);
  register_record_handler(server, pipeline);
}

}  // namespace plimsoll
