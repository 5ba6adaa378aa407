// Events as they happen.
#include <nlohmann/json.hpp>

#include "agent/api/commands.h"
#include "agent/api/json.h"
#include "agent/core/text.h"
#include "agent/pipeline/pipeline.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

}  // namespace

Result<void> events(const Call& call) {
  const auto wanted = text_argument(call.args, "container");
  if (!wanted) {
    return fail(wanted.error());
  }
  const auto action = text_argument(call.args, "action");
  if (!action) {
    return fail(action.error());
  }
  EventFilter filter{.action = action_from(*action)};
  if (!action->empty() && !filter.action) {
    return fail("no action \"" + escape(*action) +
                "\"; accepted: exec, setid, capset, mount, connect, socket, ns");
  }
  if (!wanted->empty()) {
    const auto found = call.pipeline.ask(ContainerQuery{*wanted});
    if (!found) {
      return fail(found.error());
    }
    filter.container = (*found)->id;
  }
  const auto subscription = std::make_shared<Subscription>(std::move(filter));
  const auto begun = call.pipeline.ask(SubscribeCommand{subscription});
  if (!begun) {
    return fail(begun.error());
  }
  while (true) {
    const auto event = subscription->next(std::chrono::seconds(1));
    if (!call.reply(event ? event_line(*event, subscription->dropped()) : json())) {
      return {};
    }
  }
}

}  // namespace plimsoll::api
