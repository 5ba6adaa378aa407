// The agent's side of `plimsoll record`.
#include <nlohmann/json.hpp>

#include "agent/api/api.h"
#include "agent/pipeline/pipeline.h"
#include "agent/replay/recorder.h"

namespace plimsoll {
namespace {

using nlohmann::json;

Result<void> record(Pipeline& pipeline, const ControlServer::Reply& reply) {
  const auto recorder = std::make_shared<Recorder>();
  if (const auto begun = pipeline.ask(RecordCommand{recorder, pipeline.now()}); !begun) {
    recorder->end();
    return fail(begun.error());
  }
  while (true) {
    const bool over = recorder->ended();  // before: the last line may come while nothing is waited for
    const auto line = recorder->next(std::chrono::seconds(1));
    if (!line && over) {
      return {};
    }
    if (!reply(line ? json{{"line", *line}} : json())) {
      recorder->end();
      return {};
    }
  }
}

}  // namespace

void register_record_handler(ControlServer& server, Pipeline& pipeline) {
  server.handle("record", [&pipeline](const json&, const ControlServer::Reply& reply) {
    return record(pipeline, reply);
  });
}

}  // namespace plimsoll
