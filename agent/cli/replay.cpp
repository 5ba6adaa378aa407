// `plimsoll replay FILE`: the alerts of a capture, as they were, or as they would have been with another
// profile.
#include "agent/pipeline/replay.h"

#include <map>
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
  auto reader = capture::Reader::open(file);
  if (!reader) return fail(reader.error().message);
  return replay(*reader, {all_detectors(), std::move(profile)}, alert);
}

/// To stderr: standard output is the alerts'.
void summarise(const Context& context, const Replayed& done) {
  context.err << "Replayed " << done.events << " events, and " << done.counted
              << " that were only counted, of " << done.containers << " containers, "
              << rfc3339_seconds(done.from) << " to " << rfc3339_seconds(done.to) << ": " << done.alerts
              << " alerts.\n";
  if (!done.broken.empty()) context.err << "The recording ended early: " << safe(done.broken) << ".\n";
}

using Series = std::map<std::string, Alert>;  ///< enforced ones, by id

Result<Series> series_with(const Context& context, const ReplayChoice& choice, const std::string& profile) {
  auto read = read_profile(profile);
  if (!read) return fail(read.error().message);
  Series out;
  const auto done = play(choice.file, std::move(*read), [&](const Alert& alert) {
    if (alert.mode == AlertMode::enforced) out.insert_or_assign(alert.id, alert);
  });
  if (!done) return fail(done.error().message);
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
  if (choice.against.empty()) {
    std::optional<Profile> profile;
    if (!choice.profile.empty()) {
      auto read = read_profile(choice.profile);
      if (!read) return report(context, read.error());
      profile = std::move(*read);
    }
    const auto done = play(choice.file, std::move(profile),
                           [&](const Alert& alert) { context.out << to_json(alert) << '\n'; });
    if (!done) return report(context, done.error());
    context.out.flush();
    summarise(context, *done);
    return kExitOk;
  }
  const auto with_new = series_with(context, choice, choice.profile);
  if (!with_new) return report(context, with_new.error());
  const auto with_old = series_with(context, choice, choice.against);
  if (!with_old) return report(context, with_old.error());
  json rows = json::array();
  tell_missing(context, *with_new, *with_old, "new", rows);
  tell_missing(context, *with_old, *with_new, "missed", rows);
  if (context.output == Output::json) print_json(context, rows);
  return rows.empty() ? kExitOk : kExitCheckFailed;
}

}  // namespace plimsoll
