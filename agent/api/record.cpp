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
  const auto begun =
      pipeline.ask([recorder, &pipeline](Engine& engine) { return engine.record(recorder, pipeline.now()); });
  if (!begun || !*begun) {
    recorder->end();
    return fail(begun ? "somebody else is recording; accepted: one recording at a time"
                      : begun.error().message);
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
