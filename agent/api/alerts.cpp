// Alerts that are remembered.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/api/commands.h"
#include "agent/api/json.h"
#include "agent/core/text.h"
#include "agent/pipeline/pipeline.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

}  // namespace

Result<void> alerts(const Call& call) {
  constexpr std::size_t kMost = 100, kAll = 10'000;
  const auto id = text_argument(call.args, "id");
  const auto container = text_argument(call.args, "container");
  if (!id || !container) {
    return fail((id ? container : id).error());
  }
  std::size_t most = kMost;
  if (call.args.is_object() && call.args.contains("most")) {
    if (!call.args["most"].is_number_unsigned()) {
      return fail("\"most\": accepted: a whole number from 1");
    }
    most = std::clamp<std::size_t>(call.args["most"].get<std::size_t>(), 1, kAll);
  }
  const bool filtered = !id->empty() || !container->empty();
  auto recent = call.pipeline.ask(AlertsQuery{filtered ? kAll : most});
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
    if (!call.reply(json::parse(to_json(*alert)))) {
      break;
    }
  }
  return {};
}

}  // namespace plimsoll::api
