// `plimsoll replay FILE`: the alerts of a capture, as they were, or as they would have been with another
// profile.
#include "agent/replay/replay.h"

#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/alerts/alerts.h"
#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "agent/cli/profile_files.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using nlohmann::json;

Result<Replayed> play(const std::string& file, std::optional<Profile> profile,
                      const std::function<void(const Alert&)>& alert) {
  try {
    auto reader = capture::Reader::open(file);
    if (!reader) return fail(reader.error());
    return replay(*reader, {all_detectors(), std::move(profile)}, alert);
  } catch (const std::bad_alloc&) {
    return fail(safe(file) + ": not enough memory for what it holds");
  }
}

/// To stderr: standard output is the alerts'.
void summarise(const Context& context, const Replayed& done) {
  context.err << "Replayed " << done.events << " events, and " << done.counted
              << " that were only counted, from " << done.containers << " containers, "
              << rfc3339_seconds(done.from) << " to " << rfc3339_seconds(done.to) << ": " << done.alerts
              << " alerts.\n";
  if (!done.broken.empty()) context.err << "The recording ended early: " << safe(done.broken) << ".\n";
}

using Series = std::map<std::string, Alert>;  ///< active ones, by id

Result<Series> series_with(const Context& context, const ReplayChoice& choice, Profile profile) {
  Series out;
  const auto done = play(choice.file, std::move(profile), [&](const Alert& alert) {
    if (alert.mode == AlertMode::active) out.insert_or_assign(alert.id, alert);
  });
  if (!done) return fail(done.error());
  summarise(context, *done);
  return out;
}

/// What is in `these` and not in `those`.
void tell_missing(const Context& context, const Series& these, const Series& those, const char* change,
                  json& rows) {
  for (const auto& [id, alert] : these) {
    if (those.contains(id)) continue;
    rows.push_back({{"change", change}, {"alert", json::parse(to_json(alert))}});
    if (context.output == Output::json) continue;
    const std::string line = std::string(*change == 'n' ? "+ " : "- ") + std::string(alert.rule.id) + "  " +
                             safe(alert.container->name) + "  x" + std::to_string(alert.count) + "  " +
                             alert.finding.message;
    context.out << (*change == 'n' ? context.palette.bad(line) : context.palette.good(line)) << '\n';
  }
}

}  // namespace

int command_replay(const Context& context, const ReplayChoice& choice) {
  if (!choice.against.empty() && choice.profile.empty()) {
    return report(context, Error{"--against OLD: accepted: together with --profile NEW"}, kExitUsage);
  }
  std::optional<Profile> new_one, old_one;
  for (const auto& [file, profile] : {std::pair(&choice.profile, &new_one), {&choice.against, &old_one}}) {
    if (file->empty()) continue;
    auto read = read_profile(*file);
    if (!read) return report(context, read.error());
    *profile = std::move(*read);
  }
  if (!old_one || !new_one) {
    const auto done = play(choice.file, std::move(new_one),
                           [&](const Alert& alert) { context.out << to_json(alert) << '\n'; });
    if (!done) return report(context, done.error());
    context.out.flush();
    summarise(context, *done);
    return kExitOk;
  }
  if (new_one->lineage != old_one->lineage) {
    return report(context, Error{safe(choice.against) + ": has another image or role than " +
                                 safe(choice.profile) + "; accepted: two profiles of one image and role"});
  }
  const auto with_new = series_with(context, choice, std::move(*new_one));
  if (!with_new) return report(context, with_new.error());
  const auto with_old = series_with(context, choice, std::move(*old_one));
  if (!with_old) return report(context, with_old.error());
  json rows = json::array();
  tell_missing(context, *with_new, *with_old, "new", rows);
  tell_missing(context, *with_old, *with_new, "missed", rows);
  if (context.output == Output::json) print_json(context, rows);
  return rows.empty() ? kExitOk : kExitCheckFailed;
}

}  // namespace plimsoll
