// Profiles of other agents become part of what is known here.
#include <nlohmann/json.hpp>
#include <vector>

#include "agent/api/commands.h"
#include "agent/core/text.h"
#include "agent/pipeline/pipeline.h"
#include "profiles/toml_codec.h"

namespace plimsoll::api {
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

}  // namespace

Result<void> profile_import(const Call& call) {
  auto coming = profiles_of(call.args);
  if (!coming) {
    return fail(coming.error());
  }
  const auto added = call.pipeline.ask(ImportCommand{*coming});
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
                    {"path", escape(call.pipeline.profile_path(one.lineage))}});
  }
  call.reply({{"imported", std::move(rows)}});
  return {};
}

}  // namespace plimsoll::api
