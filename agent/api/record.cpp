// Everything that changes the engine, as a capture.
#include <nlohmann/json.hpp>

#include "agent/api/commands.h"
#include "agent/pipeline/pipeline.h"
#include "agent/replay/recorder.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

}  // namespace

Result<void> record(const Call& call) {
  const auto recorder = std::make_shared<Recorder>();
  if (const auto begun = call.pipeline.ask(RecordCommand{recorder, call.pipeline.now()}); !begun) {
    recorder->end();
    return fail(begun.error());
  }
  while (true) {
    const bool over = recorder->ended();  // before: the last line may come while nothing is waited for
    const auto line = recorder->next(std::chrono::seconds(1));
    if (!line && over) {
      return {};
    }
    if (!call.reply(line ? json{{"line", *line}} : json())) {
      recorder->end();
      return {};
    }
  }
}

}  // namespace plimsoll::api
