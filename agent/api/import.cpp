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

/// An error where a lineage would be at its limits with what comes in: it would learn nothing any more.
Result<void> fit(const Engine& engine, const std::vector<Profile>& coming) {
  std::map<Lineage, Profile> all;
  for (const auto& one : coming) {
    const auto [at, first] = all.try_emplace(one.lineage, one);
    if (!first) {
      merge(at->second, one);
    }
  }
  for (const auto& known : engine.profiles()) {
    if (const auto at = all.find(known.profile.lineage); at != all.end()) {
      merge(at->second, known.profile);
    }
  }
  const auto large = std::ranges::find_if(all, [](const auto& one) { return full(one.second); });
  if (large == all.end()) {
    return {};
  }
  return fail(
      escape(large->first.repository) + " role " + escape(large->first.role) + " would have " +
      std::to_string(large->second.behaviours.size()) +
      " behaviours; accepted: fewer than 10000 together with those known here, of 1 MiB of text at most");
}

/// What is asked of the loop thread; shared, because a late answer is still given when nobody waits any more.
struct Import {
  std::vector<Profile> coming;
  std::vector<std::size_t> added;  ///< of each: behaviours that were new
};

/// All or nothing.
Result<void> join(Engine& engine, Import& import) {
  if (engine.config().learning.paused) {
    return fail(
        "learning is paused, so that profiles stay as they are; accepted: after `plimsoll learning resume`");
  }
  if (auto fits = fit(engine, import.coming); !fits) {
    return fits;
  }
  for (const auto& one : import.coming) {
    import.added.push_back(engine.join(one).value_or(0));
  }
  return {};
}

Result<void> import(Pipeline& pipeline, const json& args, const ControlServer::Reply& reply) {
  auto coming = profiles_of(args);
  if (!coming) {
    return fail(coming.error());
  }
  const auto shared = std::make_shared<Import>(*std::move(coming), std::vector<std::size_t>{});
  const auto done = pipeline.ask([shared](Engine& engine) { return join(engine, *shared); });
  if (!done || !*done) {
    return fail(!done ? done.error() : done->error());
  }
  json rows = json::array();
  for (std::size_t i = 0; i < shared->coming.size(); ++i) {
    const Profile& one = shared->coming.at(i);
    const auto fresh = shared->added.at(i);
    rows.push_back({{"repository", escape(one.lineage.repository)},
                    {"role", escape(one.lineage.role)},
                    {"new", fresh},
                    {"known", one.behaviours.size() - fresh},
                    {"path", escape(pipeline.profile_path(one))}});
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
