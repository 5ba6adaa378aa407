// The agent's answers about profiles, and what people decide about them.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ranges>
#include <set>

#include "agent/api/api.h"
#include "agent/api/json.h"
#include "agent/core/text.h"
#include "agent/pipeline/pipeline.h"
#include "profiles/generalise.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using nlohmann::json;
using Reply = ControlServer::Reply;

constexpr std::size_t kShortestId = 6;

/// The behaviour whose id it is or begins with, among `all`; an error when it is none or several.
Result<Behaviour> behaviour_of(const std::set<Behaviour>& all, const std::string& wanted,
                               const std::string& where) {
  std::vector<Behaviour> found;
  for (const Behaviour& one : all) {
    if (wanted.size() >= kShortestId && id_of(one).starts_with(wanted)) {
      found.push_back(one);
    }
  }
  if (found.size() == 1) {
    return found.front();
  }
  return fail("\"" + escape(wanted) + "\" is the id of " + (found.empty() ? "no" : "more than one") +
              " behaviour " + where + "; accepted: an id or its first " + std::to_string(kShortestId) +
              " digits, as `profile show` lists them");
}

class ProfileAnswers {
 public:
  explicit ProfileAnswers(Pipeline& pipeline) : pipeline_(pipeline) {}

  Result<void> list(const Reply& reply) const;
  Result<void> show(const json& args, const Reply& reply) const;
  Result<void> lock(const json& args, const Reply& reply, bool locked) const;
  Result<void> allow(const json& args, const Reply& reply) const;
  Result<void> decide_one(const json& args, const Reply& reply, bool allowed) const;
  Result<void> forget(const json& args, const Reply& reply) const;

 private:
  [[nodiscard]] Result<ProfileQuery::Answer> one(const json& args) const;
  [[nodiscard]] Result<void> decide(const Lineage&, const std::function<void(Decisions&)>&, const Reply&,
                                    json what) const;
  [[nodiscard]] Result<void> allow_alert(const std::string& id, const Reply&) const;
  [[nodiscard]] Result<void> allow_release(const Alert&, const Reply&) const;
  [[nodiscard]] WallNs now() const { return whole_seconds(pipeline_.now()); }

  Pipeline& pipeline_;
};

Result<void> ProfileAnswers::list(const Reply& reply) const {
  const auto profiles = pipeline_.ask(ProfileListQuery{});
  if (!profiles) {
    return fail(profiles.error());
  }
  json rows = json::array();
  for (const auto& one : *profiles) {
    rows.push_back(profile_row(one, pipeline_.profile_path(one.lineage)));
  }
  reply({{"profiles", std::move(rows)}});
  return {};
}

Result<ProfileQuery::Answer> ProfileAnswers::one(const json& args) const {
  const auto wanted = text_argument(args, "profile");
  const auto role = text_argument(args, "role");
  if (!wanted || !role) {
    return fail((wanted ? role : wanted).error());
  }
  return pipeline_.ask(ProfileQuery{*wanted, *role});
}

Result<void> ProfileAnswers::show(const json& args, const Reply& reply) const {
  const auto found = one(args);
  if (!found) {
    return fail(found.error());
  }
  const auto& report = found->report;
  const auto path = pipeline_.profile_path(report.profile.lineage);
  const auto config = pipeline_.ask(ConfigQuery{});
  if (!config) {
    return fail(config.error());
  }
  reply({{"toml", to_toml(report.profile)},
         {"path", escape(path)},
         {"profile", profile_row(summary_of(report), path)},
         {"max_new_behaviours_per_day", config->learning.max_new_behaviours_per_day},
         {"image", escape(found->image)}});
  return {};
}

Result<void> ProfileAnswers::decide(const Lineage& lineage, const std::function<void(Decisions&)>& change,
                                    const Reply& reply, json what) const {
  if (auto decided = pipeline_.decide(lineage, change); !decided) {
    return decided;
  }
  what["repository"] = escape(lineage.repository);
  what["role"] = escape(lineage.role);
  what["path"] = escape(pipeline_.decisions_path(lineage));
  reply(what);
  return {};
}

Result<void> ProfileAnswers::lock(const json& args, const Reply& reply, bool locked) const {
  const auto found = one(args);
  if (!found) {
    return fail(found.error());
  }
  return decide(found->report.profile.lineage,
                [locked, time = now()](Decisions& d) {
                  d.locked = locked;
                  d.locked_at = locked ? time : 0;
                },
                reply, {{"locked", locked}});
}

/// All that the release has on trial, and the behaviour that the alert shows.
Result<void> ProfileAnswers::allow_release(const Alert& alert, const Reply& reply) const {
  const auto lineage = lineage_of(*alert.container);
  auto brought = pipeline_.ask(ReleaseQuery{lineage, image_of(*alert.container)});
  if (!brought) {
    return fail(brought.error());
  }
  brought->insert(alert.behaviour);
  return decide(
      lineage,
      [&, time = now()](Decisions& d) {
        for (const auto& behaviour : *brought) {
          d.behaviours[behaviour] = {true, time, alert.id};
        }
      },
      reply,
      {{"allowed", std::to_string(brought->size()) + " that came with " + escape(alert.container->image)},
       {"id", ""}});
}

Result<void> ProfileAnswers::allow_alert(const std::string& id, const Reply& reply) const {
  const auto alert = pipeline_.ask(AlertQuery{id});
  if (!alert) {
    return fail(alert.error());
  }
  const Alert& one = *alert;
  const std::string rule(one.rule.id);
  if (one.rule.kind == RuleKind::hard) {
    return fail("the alert is of " + rule +
                ", a hard rule: that is an attack in itself, and allowing it would not "
                "silence it; accepted: an alert of a rule against the profile, or [rules.\"" +
                rule + "\"] exclude in the configuration");
  }
  if (one.container->unnamed) {
    return fail(
        "the alert's container could not be named, so no profile is kept for it; accepted: an alert of an "
        "image that `profile list` shows");
  }
  if (one.stands_for == StandsFor::release) {
    return allow_release(one, reply);
  }
  if (one.stands_for != StandsFor::behaviour) {
    return fail("the alert stands for many of " + rule + "; accepted: one that tells of a single behaviour");
  }
  return decide(lineage_of(*one.container),
                [&one, time = now()](Decisions& d) { d.behaviours[one.behaviour] = {true, time, one.id}; },
                reply, {{"allowed", describe(one.behaviour)}, {"id", id_of(one.behaviour)}});
}

Result<void> ProfileAnswers::allow(const json& args, const Reply& reply) const {
  const auto alert = text_argument(args, "alert");
  return alert && !alert->empty() ? allow_alert(*alert, reply) : decide_one(args, reply, true);
}

/// What was removed may be allowed again, and what is in the profile already because it is quarantined.
Result<void> ProfileAnswers::decide_one(const json& args, const Reply& reply, bool allowed) const {
  const auto found = one(args);
  const auto id = text_argument(args, "behaviour");
  if (!found || !id) {
    return fail(!found ? found.error() : id.error());
  }
  const auto learned = std::views::keys(found->report.profile.behaviours);
  std::set<Behaviour> all(learned.begin(), learned.end());
  const Generalised view(found->report.profile);
  const auto patterns = std::views::keys(view.patterns());
  all.insert(patterns.begin(), patterns.end());
  if (allowed) {
    all.insert(found->report.profile.tombstones.begin(), found->report.profile.tombstones.end());
  }
  const auto behaviour =
      behaviour_of(all, *id, allowed ? "in the profile or removed from it" : "in the profile");
  if (!behaviour) {
    return fail(behaviour.error());
  }
  return decide(
      found->report.profile.lineage,
      [&behaviour, allowed, time = now()](Decisions& d) { d.behaviours[*behaviour] = {allowed, time, ""}; },
      reply, {{allowed ? "allowed" : "removed", describe(*behaviour)}, {"id", id_of(*behaviour)}});
}

/// Until now; without "profile" of all that were learned.
Result<void> ProfileAnswers::forget(const json& args, const Reply& reply) const {
  const auto host = text_argument(args, "host");
  const auto since = args.is_object() ? args.find("since") : args.end();
  const std::int64_t now_seconds = now() / kNsPerSecond;
  if (!host || since == args.end() || !since->is_number_integer() || since->get<std::int64_t>() < 0 ||
      since->get<std::int64_t>() >= now_seconds) {
    return fail(!host ? host.error().message
                      : "\"since\": accepted: seconds since 1970, before " + rfc3339_seconds(now()));
  }
  const Forgotten forgotten{since->get<std::int64_t>() * kNsPerSecond, now(), *host};
  std::vector<Lineage> lineages;
  if (args.contains("profile")) {
    auto found = one(args);
    if (!found) {
      return fail(found.error());
    }
    lineages.push_back(found->report.profile.lineage);
  } else {
    const auto all = pipeline_.ask(ProfileListQuery{});
    if (!all) {
      return fail(all.error());
    }
    std::ranges::transform(*all, std::back_inserter(lineages), &ProfileSummary::lineage);
  }
  for (const auto& lineage : lineages) {
    const auto count = pipeline_.ask(ForgettableQuery{lineage, forgotten});
    if (!count) {
      return fail(count.error());
    }
    if (*count == 0) {
      continue;
    }
    const auto change = [&forgotten](Decisions& d) { d.forgotten.insert(forgotten); };
    if (auto done = decide(lineage, change, reply, {{"forgotten", *count}}); !done) {
      return done;
    }
  }
  return {};
}

}  // namespace

void register_profile_handlers(ControlServer& server, Pipeline& pipeline) {
  const auto answers = std::make_shared<const ProfileAnswers>(pipeline);
  const auto with_arguments = [&](const char* command, auto method) {
    server.handle(command, [answers, method](const json& args, const Reply& reply) {
      return ((*answers).*method)(args, reply);
    });
  };
  server.handle("profile.list", [answers](const json&, const Reply& reply) { return answers->list(reply); });
  with_arguments("profile.show", &ProfileAnswers::show);
  with_arguments("profile.allow", &ProfileAnswers::allow);
  server.handle("profile.remove", [answers](const json& args, const Reply& reply) {
    return answers->decide_one(args, reply, false);
  });
  with_arguments("profile.forget", &ProfileAnswers::forget);
  for (const bool locked : {true, false}) {
    server.handle(locked ? "profile.lock" : "profile.unlock",
                  [answers, locked](const json& args, const Reply& reply) {
                    return answers->lock(args, reply, locked);
                  });
  }
  for (const bool paused : {true, false}) {
    server.handle(paused ? "learning.pause" : "learning.resume",
                  [&pipeline, paused](const json&, const Reply& reply) -> Result<void> {
                    if (auto done = pipeline.pause_learning(paused); !done) {
                      return done;
                    }
                    reply({{"paused", paused}});
                    return {};
                  });
  }
}

}  // namespace plimsoll
