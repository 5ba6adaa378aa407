// What images were learned to do.
#include <nlohmann/json.hpp>

#include "agent/api/commands.h"
#include "agent/api/json.h"
#include "agent/core/text.h"
#include "agent/pipeline/pipeline.h"
#include "profiles/toml_codec.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

}  // namespace

Result<ProfileQuery::Answer> named_profile(const Call& call) {
  const auto wanted = text_argument(call.args, "profile");
  const auto role = text_argument(call.args, "role");
  if (!wanted || !role) {
    return fail((wanted ? role : wanted).error());
  }
  return call.pipeline.ask(ProfileQuery{*wanted, *role});
}

Result<void> profile_list(const Call& call) {
  const auto profiles = call.pipeline.ask(ProfileListQuery{});
  if (!profiles) {
    return fail(profiles.error());
  }
  json rows = json::array();
  for (const auto& one : *profiles) {
    rows.push_back(profile_row(one, call.pipeline.profile_path(one.lineage)));
  }
  call.reply({{"profiles", std::move(rows)}});
  return {};
}

Result<void> profile_show(const Call& call) {
  const auto found = named_profile(call);
  if (!found) {
    return fail(found.error());
  }
  const auto& report = found->report;
  const auto path = call.pipeline.profile_path(report.profile.lineage);
  const auto config = call.pipeline.ask(ConfigQuery{});
  if (!config) {
    return fail(config.error());
  }
  call.reply({{"toml", to_toml(report.profile)},
              {"path", escape(path)},
              {"profile", profile_row(summary_of(report), path)},
              {"max_new_behaviours_per_day", config->learning.max_new_behaviours_per_day},
              {"image", escape(found->image)}});
  return {};
}

}  // namespace plimsoll::api
