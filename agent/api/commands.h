// The commands of the control socket, one line each; api.md says what they take and answer.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "agent/api/api.h"
#include "agent/pipeline/questions.h"

namespace plimsoll::api {

/// One request.
struct Call {
  Pipeline& pipeline;
  const ServeContext& context;
  const nlohmann::json& args;
  const ControlServer::Reply& reply;
};

// Name, and the function that answers it.
#define PLIMSOLL_API_COMMANDS(X)        \
  X("version", version)                 \
  X("status", status)                   \
  X("events", events)                   \
  X("alerts", alerts)                   \
  X("rules", rules)                     \
  X("hooks", hooks)                     \
  X("config.show", config_show)         \
  X("profile.list", profile_list)       \
  X("profile.show", profile_show)       \
  X("profile.lock", profile_lock)       \
  X("profile.unlock", profile_unlock)   \
  X("profile.allow", profile_allow)     \
  X("profile.remove", profile_remove)   \
  X("profile.forget", profile_forget)   \
  X("profile.import", profile_import)   \
  X("learning.pause", learning_pause)   \
  X("learning.resume", learning_resume) \
  X("record", record)

#define PLIMSOLL_DECLARE(name, function) Result<void> function(const Call&);
PLIMSOLL_API_COMMANDS(PLIMSOLL_DECLARE)
#undef PLIMSOLL_DECLARE

struct Command {
  const char* name;
  Result<void> (*answer)(const Call&);
};
std::span<const Command> commands();

/// The profile that "profile" and "role" name.
Result<ProfileQuery::Answer> named_profile(const Call&);

}  // namespace plimsoll::api
