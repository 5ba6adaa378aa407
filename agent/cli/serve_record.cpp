// The agent's side of `plimsoll record`.
#include <nlohmann/json.hpp>

#include "agent/cli/serve.h"
#include "agent/pipeline/pipeline.h"
#include "agent/pipeline/recorder.h"

namespace plimsoll {
namespace {

using nlohmann::json;

Result<void> record(Pipeline& pipeline, const ControlServer::Reply& reply) {
  const auto recorder = std::make_shared<Recorder>();
  const auto begun =
      pipeline.ask([recorder, now = pipeline.now()](Engine& engine) { return engine.record(recorder, now); });
  if (!begun || !*begun) {
    recorder->end();
    return fail(begun ? "somebody else is recording; accepted: one recording at a time"
                      : begun.error().message);
  }
  while (true) {
    const auto line = recorder->next(std::chrono::seconds(1));
    if (!line && recorder->ended()) {
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
