// Pausing and resuming what all profiles learn.
#include <nlohmann/json.hpp>

#include "agent/api/commands.h"
#include "agent/pipeline/pipeline.h"

namespace plimsoll::api {
namespace {

Result<void> set_paused(const Call& call, bool paused) {
  if (auto done = call.pipeline.pause_learning(paused); !done) {
    return done;
  }
  call.reply({{"paused", paused}});
  return {};
}

}  // namespace

Result<void> learning_pause(const Call& call) {
  return set_paused(call, true);
}

Result<void> learning_resume(const Call& call) {
  return set_paused(call, false);
}

}  // namespace plimsoll::api
