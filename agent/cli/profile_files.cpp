// `plimsoll profile diff|merge|lint`: profiles as files, with or without an agent.
#include "agent/cli/profile_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "agent/core/fd.h"
#include "agent/core/text.h"
#include "agent/store/atomic_file.h"
#include "profiles/decisions.h"
#include "profiles/generalise.h"
#include "profiles/release.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using nlohmann::json;

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(path + ": cannot be read: " + errno_text() + "; accepted: a profile's file");
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(path + ": cannot be read: " + errno_text() + "; accepted: a profile's file");
  return text.str();
}

struct Named {
  Profile profile;
  std::string image;  ///< of its images the one that was named; empty where the whole lineage was
};

/// Of a file, or of the running agent by its image's name.
Result<Named> profile_of(const Context& context, const std::string& wanted) {
  struct stat status{};
  const bool file = stat(wanted.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  const auto answer = file ? Result<json>(json()) : ask_agent(context, "profile.show", {{"profile", wanted}});
  if (!answer) return fail(safe(wanted) + " is not a file, and: " + answer.error().message);
  auto read = file ? read_profile(wanted) : profile_from_toml(answer->value("toml", ""), wanted);
  if (!read) return fail(read.error());
  return Named{*std::move(read), file ? "" : unescape(answer->value("image", ""))};
}

/// What `after` does and `before` does not, and the other way round: of two images of one lineage by what
/// each of them has shown, else by what stands in either profile.
ReleaseDiff difference(const Named& before, const Named& after) {
  const bool images =
      before.profile.lineage == after.profile.lineage && !before.image.empty() && !after.image.empty();
  if (images) return release_diff(after.profile, before.image, after.image);
  const auto lacking = [](const Profile& all, const Profile& in) {
    const Generalised ours(all), theirs(in);
    std::vector<Behaviour> out;
    ours.each([&](const Behaviour& behaviour, const Entry& /*entry*/) {
      const bool known = behaviour.pattern ? theirs.patterns().contains(behaviour)
                                           : in.behaviours.contains(behaviour) || pattern_for(in, behaviour);
      if (!known) out.push_back(behaviour);
    });
    return out;
  };
  return {.added = lacking(after.profile, before.profile), .gone = lacking(before.profile, after.profile)};
}

json behaviour_row(const char* change, const Behaviour& b) {
  return {{"change", change}, {"id", id_of(b)}, {"behaviour", describe(b)}};
}

}  // namespace

Result<Profile> read_profile(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  return profile_from_toml(*text, path);
}

Result<void> write_output(const Context& context, const std::string& path, std::string_view text) {
  if (path == "-") {
    context.out << text;
    return {};
  }
  struct stat found{};
  if (lstat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
    return fail(safe(path) +
                ": exists and is not a regular file; accepted: a new name, a file to replace, or -");
  }
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Fd in(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!in) return fail(safe(directory) + ": cannot be opened: " + errno_text() + "; accepted: a directory");
  const auto written = write_atomic(in.get(), path.substr(slash == std::string::npos ? 0 : slash + 1), text,
                                    [](const FileStamp&) {});
  return written ? Result<void>{} : fail(safe(path), written.error());
}

int command_profile_diff(const Context& context, const std::string& before, const std::string& after) {
  const auto old_one = profile_of(context, before), new_one = profile_of(context, after);
  if (!old_one || !new_one) return report(context, (old_one ? new_one : old_one).error());
  json rows = json::array();
  const auto diff = difference(*old_one, *new_one);
  for (const auto& behaviour : diff.gone) rows.push_back(behaviour_row("gone", behaviour));
  for (const auto& behaviour : diff.added) rows.push_back(behaviour_row("new", behaviour));
  if (context.output == Output::json) {
    print_json(context, rows);
  } else {
    for (const auto& row : rows) {
      const bool added = row["change"] == "new";
      const std::string line = (added ? "+ " : "- ") + field(row, "id") + "  " + field(row, "behaviour");
      context.out << (added ? context.palette.good(line) : context.palette.bad(line)) << '\n';
    }
  }
  return rows.empty() ? kExitOk : kExitCheckFailed;
}

int command_profile_merge(const Context& context, const std::vector<std::string>& files) {
  auto merged = read_profile(files.front());
  if (!merged) return report(context, merged.error());
  for (const auto& file : files) {
    const auto one = read_profile(file);
    if (!one) return report(context, one.error());
    if (one->lineage != merged->lineage) {
      return report(context,
                    Error{file + ": belongs to " + safe(one->lineage.repository) + " role " +
                          safe(one->lineage.role) + "; accepted: the repository and role of the first, " +
                          safe(merged->lineage.repository) + " role " + safe(merged->lineage.role)});
    }
    merge(*merged, *one);
  }
  context.out << to_toml(*merged);
  return kExitOk;
}

int command_profile_lint(const Context& context, const std::vector<std::string>& files) {
  bool good = true;
  for (const auto& file : files) {
    const auto text = read_file(file);
    const bool decisions = file.ends_with(".operator.toml");
    std::string wrong = text ? "" : text.error().message;
    if (text && decisions) {
      if (const auto read = decisions_from_toml(*text, file); !read) wrong = read.error().message;
    } else if (text) {
      if (const auto read = profile_from_toml(*text, file); !read) wrong = read.error().message;
    }
    if (wrong.empty()) {
      context.out << safe(file) << ": ok\n";
    } else {
      context.err << "plimsoll: " << wrong << '\n';
      good = false;
    }
  }
  return good ? kExitOk : kExitCheckFailed;
}

}  // namespace plimsoll
