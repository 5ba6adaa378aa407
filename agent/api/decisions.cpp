// What people decide about a profile.
#include <algorithm>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ranges>
#include <set>

#include "agent/api/commands.h"
#include "agent/api/json.h"
#include "agent/core/text.h"
#include "agent/pipeline/pipeline.h"
#include "profiles/generalise.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

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

WallNs now(const Call& call) {
  return whole_seconds(call.pipeline.now());
}

Result<void> decide(const Call& call, const Lineage& lineage, const std::function<void(Decisions&)>& change,
                    json what) {
  if (auto decided = call.pipeline.decide(lineage, change); !decided) {
    return decided;
  }
  what["repository"] = escape(lineage.repository);
  what["role"] = escape(lineage.role);
  what["path"] = escape(call.pipeline.decisions_path(lineage));
  call.reply(what);
  return {};
}

Result<void> set_lock(const Call& call, bool locked) {
  const auto found = named_profile(call);
  if (!found) {
    return fail(found.error());
  }
  return decide(call, found->report.profile.lineage,
                [locked, time = now(call)](Decisions& d) {
                  d.locked = locked;
                  d.locked_at = locked ? time : 0;
                },
                {{"locked", locked}});
}

/// All that the release has on trial, and the behaviour that the alert shows.
Result<void> allow_release(const Call& call, const Alert& alert) {
  const auto lineage = lineage_of(*alert.container);
  auto brought = call.pipeline.ask(ReleaseQuery{lineage, image_of(*alert.container)});
  if (!brought) {
    return fail(brought.error());
  }
  brought->insert(alert.behaviour);
  return decide(
      call, lineage,
      [&, time = now(call)](Decisions& d) {
        for (const auto& behaviour : *brought) {
          d.behaviours[behaviour] = {true, time, alert.id};
        }
      },
      {{"allowed", std::to_string(brought->size()) + " that came with " + escape(alert.container->image)},
       {"id", ""}});
}

Result<void> allow_alert(const Call& call, const std::string& id) {
  const auto alert = call.pipeline.ask(AlertQuery{id});
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
    return allow_release(call, one);
  }
  if (one.stands_for != StandsFor::behaviour) {
    return fail("the alert stands for many of " + rule + "; accepted: one that tells of a single behaviour");
  }
  return decide(
      call, lineage_of(*one.container),
      [&one, time = now(call)](Decisions& d) { d.behaviours[one.behaviour] = {true, time, one.id}; },
      {{"allowed", describe(one.behaviour)}, {"id", id_of(one.behaviour)}});
}

/// What was removed may be allowed again, and what is in the profile already because it is quarantined.
Result<void> decide_one(const Call& call, bool allowed) {
  const auto found = named_profile(call);
  const auto id = text_argument(call.args, "behaviour");
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
  return decide(call, found->report.profile.lineage,
                [&behaviour, allowed, time = now(call)](Decisions& d) {
                  d.behaviours[*behaviour] = {allowed, time, ""};
                },
                {{allowed ? "allowed" : "removed", describe(*behaviour)}, {"id", id_of(*behaviour)}});
}

}  // namespace

Result<void> profile_lock(const Call& call) {
  return set_lock(call, true);
}

Result<void> profile_unlock(const Call& call) {
  return set_lock(call, false);
}

Result<void> profile_allow(const Call& call) {
  const auto alert = text_argument(call.args, "alert");
  return alert && !alert->empty() ? allow_alert(call, *alert) : decide_one(call, true);
}

Result<void> profile_remove(const Call& call) {
  return decide_one(call, false);
}

/// Until now; without "profile" of all that were learned.
Result<void> profile_forget(const Call& call) {
  const auto host = text_argument(call.args, "host");
  const auto since = call.args.is_object() ? call.args.find("since") : call.args.end();
  const std::int64_t now_seconds = now(call) / kNsPerSecond;
  if (!host || since == call.args.end() || !since->is_number_integer() || since->get<std::int64_t>() < 0 ||
      since->get<std::int64_t>() >= now_seconds) {
    return fail(!host ? host.error().message
                      : "\"since\": accepted: seconds since 1970, before " + rfc3339_seconds(now(call)));
  }
  const Forgotten forgotten{since->get<std::int64_t>() * kNsPerSecond, now(call), *host};
  std::vector<Lineage> lineages;
  if (call.args.contains("profile")) {
    auto found = named_profile(call);
    if (!found) {
      return fail(found.error());
    }
    lineages.push_back(found->report.profile.lineage);
  } else {
    const auto all = call.pipeline.ask(ProfileListQuery{});
    if (!all) {
      return fail(all.error());
    }
    std::ranges::transform(*all, std::back_inserter(lineages), &ProfileSummary::lineage);
  }
  for (const auto& lineage : lineages) {
    const auto count = call.pipeline.ask(ForgettableQuery{lineage, forgotten});
    if (!count) {
      return fail(count.error());
    }
    if (*count == 0) {
      continue;
    }
    const auto change = [&forgotten](Decisions& d) { d.forgotten.insert(forgotten); };
    if (auto done = decide(call, lineage, change, {{"forgotten", *count}}); !done) {
      return done;
    }
  }
  return {};
}

}  // namespace plimsoll::api
