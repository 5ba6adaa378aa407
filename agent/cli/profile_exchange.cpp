// `plimsoll profile export|import`: profiles from one agent to others, as files.
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "agent/cli/profile_files.h"
#include "agent/core/text.h"
#include "agent/store/atomic_file.h"
#include "profiles/key.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using nlohmann::json;

Result<std::vector<Profile>> all_profiles(const Context& context, const std::vector<json>& wanted) {
  std::vector<Profile> out;
  for (const auto& one : wanted) {
    const auto answer = ask_agent(context, "profile.show", one);
    if (!answer) return std::unexpected(answer.error());
    auto profile = profile_from_toml(answer->value("toml", ""), answer->value("path", ""));
    if (!profile) return std::unexpected(profile.error());
    out.push_back(*std::move(profile));
  }
  return out;
}

/// What to ask for: the images that were named, else all that the agent knows.
Result<std::vector<json>> wanted_of(const Context& context, const ExportChoice& choice) {
  std::vector<json> out;
  out.reserve(choice.images.size());
  for (const auto& image : choice.images) out.push_back({{"profile", image}, {"role", choice.role}});
  if (!out.empty()) return out;
  const auto answer = ask_agent(context, "profile.list", json::object());
  if (!answer) return std::unexpected(answer.error());
  for (const auto& row : answer->value("profiles", json::array())) {
    const std::string role = unescape(row.value("role", ""));
    if (!choice.role.empty() && choice.role != role) continue;
    out.push_back({{"profile", unescape(row.value("repository", ""))}, {"role", role}});
  }
  return out;
}

bool is_directory(const std::string& path) {
  struct stat found{};
  return stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

}  // namespace

int command_profile_export(const Context& context, const ExportChoice& choice) {
  const auto wanted = wanted_of(context, choice);
  if (!wanted) return report(context, wanted.error());
  const auto profiles = all_profiles(context, *wanted);
  if (!profiles) return report(context, profiles.error());
  // All there are go into a directory, however many that is.
  const bool one_file = choice.to == "-" || (!choice.images.empty() && !is_directory(choice.to));
  if (profiles->size() == 1 && one_file) {
    const auto done = write_output(context, choice.to, to_toml(profiles->front()));
    return done ? kExitOk : report(context, done.error());
  }
  if (choice.to == "-") {
    return report(context,
                  Error{std::to_string(profiles->size()) +
                        " profiles do not fit in one file; name one IMAGE, or a directory with --to"},
                  kExitUsage);
  }
  if (!is_directory(choice.to) && mkdir(choice.to.c_str(), 0700) != 0) {
    return report(context, Error{"--to " + safe(choice.to) + ": cannot be created: " + errno_text() +
                                 "; accepted: a directory, or a path where one can be created"});
  }
  for (const auto& one : *profiles) {
    const std::string file = choice.to + "/" + file_name(one.lineage);
    if (auto done = write_output(context, file, to_toml(one)); !done) return report(context, done.error());
    context.out << safe(one.lineage.repository) << " role " << safe(one.lineage.role) << ": " << safe(file)
                << '\n';
  }
  return kExitOk;
}

int command_profile_import(const Context& context, const std::vector<std::string>& files) {
  json texts = json::array();
  for (const auto& file : files) {
    const auto one = read_profile(file);
    if (!one) return report(context, one.error());
    texts.push_back(to_toml(*one));
  }
  const auto answer = ask_agent(context, "profile.import", {{"profiles", std::move(texts)}});
  if (!answer) return report(context, answer.error());
  const auto rows = answer->value("imported", json::array());
  if (context.output == Output::json) {
    print_json(context, rows);
    return kExitOk;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    context.out << field(rows[i], "repository") << " role " << field(rows[i], "role") << ": "
                << field(rows[i], "new") << " new behaviours, " << field(rows[i], "known") << " known; from "
                << safe(files.at(i)) << '\n';
  }
  return kExitOk;
}

}  // namespace plimsoll
