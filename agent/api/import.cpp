// The agent's side of `plimsoll profile import`: what other hosts learned becomes known here.
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "agent/api/api.h"
#include "agent/core/text.h"
#include "agent/pipeline/pipeline.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using nlohmann::json;

Result<std::vector<Profile>> profiles_of(const json& args) {
  const auto given = args.find("profiles");
  if (given == args.end() || !given->is_array() || given->empty()) {
    return fail("nothing to import; accepted: profiles as TOML");
  }
  std::vector<Profile> out;
  for (const auto& text : *given) {
    auto one = profile_from_toml(text.get_ref<const std::string&>(), "import");
    if (!one) {
      return std::unexpected(one.error());
    }
    out.push_back(*std::move(one));
  }
  return out;
}

Result<void> import(Pipeline& pipeline, const json& args, const ControlServer::Reply& reply) {
  auto coming = profiles_of(args);
  if (!coming) {
    return fail(coming.error());
  }
  const auto added = pipeline.ask(ImportCommand{*coming});
  if (!added) {
    return fail(added.error());
  }
  json rows = json::array();
  for (std::size_t i = 0; i < coming->size(); ++i) {
    const Profile& one = coming->at(i);
    const auto fresh = added->at(i);
    rows.push_back({{"repository", escape(one.lineage.repository)},
                    {"role", escape(one.lineage.role)},
                    {"new", fresh},
                    {"known", one.behaviours.size() - fresh},
                    {"path", escape(pipeline.profile_path(one.lineage))}});
  }
  reply({{"imported", std::move(rows)}});
  return {};
}

}  // namespace

void register_import_handler(ControlServer& server, Pipeline& pipeline) {
  server.handle("profile.import", [&pipeline](const json& args, const ControlServer::Reply& reply) {
    return import(pipeline, args, reply);
  });
}

}  // namespace plimsoll
