// The loop's answers. Each copies what was asked for, and no more.
#include "agent/pipeline/questions.h"

#include <algorithm>
#include <map>

#include "agent/core/text.h"
#include "agent/engine/engine.h"
#include "agent/pipeline/find.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

std::uint64_t lost_of(const Profile& profile) {
  std::uint64_t out = 0;
  for (const auto& [host, lost] : profile.lost) {
    out += lost;
  }
  return out;
}

ProfileSummary summary_of(const Profile& profile, const Assessment& assessment, const Startup& startup) {
  const auto* image = newest(profile);
  return {.lineage = profile.lineage,
          .image_id = image == nullptr ? "" : image->first,
          .tags = image == nullptr
                      ? std::set<std::string>{}
                      : std::set<std::string>(image->second.tags.begin(), image->second.tags.end()),
          .images = profile.generations.size(),
          .behaviours = profile.behaviours.size(),
          .hosts = profile.shares.size() - profile.shares.count(std::string{kGone}),
          .minutes = total(profile.shares).minutes,
          .lost = lost_of(profile),
          .assessment = assessment,
          .startup = startup};
}

/// An error where a lineage would be at its limits with what comes in: it would learn nothing any more.
Result<Done> fits(const ProfileRecords& known, const std::vector<Profile>& coming) {
  std::map<Lineage, Profile> all;
  for (const auto& one : coming) {
    const auto [at, first] = all.try_emplace(one.lineage, one);
    if (!first) {
      merge(at->second, one);
    }
  }
  for (auto& [lineage, joined] : all) {
    if (const auto here = known.find(lineage); here != known.end() && here->second->kept) {
      merge(joined, here->second->profile);
    }
    if (full(joined)) {
      return fail(escape(lineage.repository) + " role " + escape(lineage.role) + " would have " +
                  std::to_string(joined.behaviours.size()) +
                  " behaviours; accepted: fewer than 10000 together with those known here, of 1 MiB of text "
                  "at most");
    }
  }
  return Done{};
}

}  // namespace

ProfileSummary summary_of(const ProfileReport& report) {
  return summary_of(report.profile, report.assessment, report.startup);
}

Result<EngineReport> answer(Engine& engine, ReportQuery /*query*/) {
  return engine.report();
}

Result<Config> answer(Engine& engine, ConfigQuery /*query*/) {
  return engine.config();
}

Result<std::vector<ActiveRule>> answer(Engine& engine, RulesQuery /*query*/) {
  return engine.rules().rules();
}

Result<ContainerPtr> answer(Engine& engine, const ContainerQuery& query) {
  return find_container(engine.report().containers, query.wanted);
}

Result<std::vector<Alert>> answer(Engine& engine, AlertsQuery query) {
  return engine.alerts().recent(query.most);
}

Result<Alert> answer(Engine& engine, const AlertQuery& query) {
  const auto* found = engine.alerts().find(query.id);
  if (found == nullptr) {
    return fail("no alert \"" + escape(query.id) +
                "\"; accepted: the id of one that `plimsoll alerts` shows");
  }
  return *found;
}

Result<std::vector<ProfileSummary>> answer(Engine& engine, ProfileListQuery /*query*/) {
  std::vector<ProfileSummary> out;
  for (const auto& [lineage, record] : engine.registry().all()) {
    if (record->kept) {
      out.push_back(summary_of(record->profile, record->assessment, record->startup));
    }
  }
  return out;
}

Result<ProfileQuery::Answer> answer(Engine& engine, const ProfileQuery& query) {
  const auto found = find_profile(engine.registry().all(), query.wanted, query.role);
  if (!found) {
    return fail(found.error());
  }
  const auto& [profile, assessment, startup] =
      std::tie((*found)->profile, (*found)->assessment, (*found)->startup);
  return ProfileQuery::Answer{
      .report = {profile, assessment, startup, total(profile.shares).minutes, lost_of(profile)},
      .image = image_named(profile, query.wanted)};
}

Result<std::size_t> answer(Engine& engine, const ForgettableQuery& query) {
  const auto& all = engine.registry().all();
  const auto at = all.find(query.lineage);
  if (at == all.end() || !at->second->kept) {
    return 0;
  }
  Decisions alone;
  alone.forgotten.insert(query.forgotten);
  auto profile = at->second->profile;
  return apply(alone, profile).taken_out;
}

Result<std::set<Behaviour>> answer(Engine& engine, const ReleaseQuery& query) {
  std::set<Behaviour> out;
  const auto& all = engine.registry().all();
  if (const auto at = all.find(query.lineage); at != all.end() && at->second->kept) {
    for (const auto& [behaviour, entry] : at->second->profile.behaviours) {
      if (on_trial(entry) && entry.first_image == query.image) {
        out.insert(behaviour);
      }
    }
  }
  return out;
}

Result<Done> answer(Engine& engine, const SubscribeCommand& command) {
  engine.stream().subscribe(command.subscription);
  return Done{};
}

Result<Done> answer(Engine& engine, const RecordCommand& command) {
  if (!engine.record(command.log, command.now)) {
    return fail("another recording is running; accepted: one recording at a time");
  }
  return Done{};
}

Result<Done> answer(Engine& engine, DecideCommand command) {
  engine.decide(std::move(command.decisions));
  return Done{};
}

Result<Done> answer(Engine& engine, PauseLearningCommand command) {
  if (auto done = engine.pause_learning(command.paused); !done) {
    return fail(done.error());
  }
  return Done{};
}

Result<Done> answer(Engine& engine, JoinCommand command) {
  if (!engine.join(std::move(command.profile))) {
    return fail("learning is paused");
  }
  return Done{};
}

Result<std::vector<std::size_t>> answer(Engine& engine, const ImportCommand& command) {
  if (engine.config().learning.paused) {
    return fail(
        "learning is paused, so that profiles stay as they are; accepted: after `plimsoll learning resume`");
  }
  if (auto room = fits(engine.registry().all(), command.profiles); !room) {
    return fail(room.error());
  }
  std::vector<std::size_t> added;
  added.reserve(command.profiles.size());
  for (const auto& one : command.profiles) {
    added.push_back(engine.join(one).value_or(0));
  }
  return added;
}

void answer(Engine& engine, Questions::Message message) {
  std::visit([&engine](auto& asked) { asked.reply.set_value(answer(engine, std::move(asked.question))); },
             message);
}

}  // namespace plimsoll
