// `plimsoll profile lock|unlock|allow|remove|forget` and `learning pause|resume`: what people decide, sent to
// the agent.
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "agent/config/duration.h"
#include "agent/control/control.h"

namespace plimsoll {
namespace {

using nlohmann::json;

json arguments_of(const ProfileChoice& choice) {
  json args = json::object();
  if (!choice.profile.empty()) args["profile"] = choice.profile;
  if (!choice.role.empty()) args["role"] = choice.role;
  return args;
}

/// "shop/web role web: locked; in FILE"
int told(const Context& context, const Result<json>& answer, const std::string& what) {
  if (!answer) return report(context, answer.error());
  if (context.output == Output::json) {
    print_json(context, *answer);
    return kExitOk;
  }
  context.out << field(*answer, "repository") << " role " << field(*answer, "role") << ": " << what << "; in "
              << field(*answer, "path") << '\n';
  return kExitOk;
}

/// A point in time: as RFC 3339 has it, or so long ago.
Result<WallNs> moment(const std::string& text, WallNs now) {
  if (const auto ago = parse_duration(text)) {
    if (*ago <= now) return now - *ago;
    return fail("--since " + safe(text) + " is before 1970; accepted: a later time");
  }
  if (const auto time = time_from(text)) return *time;
  return fail("--since " + safe(text) +
              " is not a time; accepted: a time such as 2026-03-01T09:00:00Z, or how long ago: " +
              std::string{kDurationForm});
}

}  // namespace

int command_profile_lock(const Context& context, const ProfileChoice& choice, bool locked) {
  const auto answer = ask_agent(context, locked ? "profile.lock" : "profile.unlock", arguments_of(choice));
  return told(context, answer, locked ? "locked: nothing more is learned" : "not locked any more");
}

int command_profile_allow(const Context& context, const ProfileChoice& choice, const std::string& behaviour,
                          const std::string& alert) {
  const bool by_alert = !alert.empty() && choice.profile.empty() && behaviour.empty();
  const bool by_id = alert.empty() && !choice.profile.empty() && !behaviour.empty();
  if (!by_alert && !by_id) {
    return report(context, Error{"give --from-alert ID, or IMAGE and BEHAVIOUR"}, kExitUsage);
  }
  json args = arguments_of(choice);
  args["behaviour"] = behaviour;
  args["alert"] = alert;
  const auto answer = ask_agent(context, "profile.allow", args);
  return told(context, answer,
              answer ? "allowed " + field(*answer, "id") + " " + field(*answer, "allowed") : "");
}

int command_profile_remove(const Context& context, const ProfileChoice& choice,
                           const std::string& behaviour) {
  json args = arguments_of(choice);
  args["behaviour"] = behaviour;
  const auto answer = ask_agent(context, "profile.remove", args);
  return told(context, answer,
              answer ? "removed " + field(*answer, "id") + " " + field(*answer, "removed") : "");
}

int command_profile_forget(const Context& context, const ProfileChoice& choice, const std::string& since,
                           const std::string& host) {
  const auto from = moment(since, context.clock.now());
  if (!from) return report(context, from.error(), kExitUsage);
  const auto path = agent_socket(context);
  if (!path) return report(context, path.error());
  json args = arguments_of(choice);
  args["since"] = *from / kNsPerSecond;
  args["host"] = host;
  std::vector<json> answers;
  const auto done = control_request(*path, "profile.forget", args, [&](const json& one) {
    answers.push_back(one);
    return true;
  });
  if (!done) return report(context, done.error());
  if (context.output == Output::json) {
    print_json(context, answers);
    return kExitOk;
  }
  for (const auto& one : answers)
    told(context, one, "forgot " + field(one, "forgotten") + " behaviours; they are learned again");
  if (answers.empty()) {
    context.out << "No behaviour was first seen since " << rfc3339_seconds(*from)
                << (host.empty() ? "" : " on that host") << ".\n";
  }
  return kExitOk;
}

int command_learning(const Context& context, bool paused) {
  const auto answer = ask_agent(context, paused ? "learning.pause" : "learning.resume", json::object());
  if (!answer) return report(context, answer.error());
  if (context.output == Output::json) {
    print_json(context, *answer);
  } else {
    context.out << (paused ? "Learning is paused, across restarts, until `plimsoll learning resume`.\n"
                           : "Learning is resumed.\n");
  }
  return kExitOk;
}

}  // namespace plimsoll
