// `plimsoll profile report`: a profile as one page for a browser.
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "agent/cli/profile_files.h"
#include "agent/cli/report_html.h"
#include "profiles/generalise.h"
#include "profiles/startup.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using nlohmann::json;

std::optional<double> number_of(const json& row, const char* key) {
  const auto found = row.find(key);
  return found != row.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

State state_of(std::string_view text) {
  for (auto i = static_cast<std::uint8_t>(State::none); i <= static_cast<std::uint8_t>(State::stale); ++i) {
    if (name(static_cast<State>(i)) == text) return static_cast<State>(i);
  }
  return State::none;
}

/// What the agent said of it: it knows what people decided, and how many containers run.
Assessment assessment_of(const Profile& profile, const json& row) {
  Assessment out;
  const Generalised view(profile);
  out.all = coverage(view);
  out.observed = observed(view);
  out.state = state_of(row.value("state", ""));
  out.reason = row.value("reason", "");
  out.progress = number_of(row, "progress").value_or(0);
  out.predicted_new_behaviours_per_day = number_of(row, "predicted_new_behaviours_per_day");
  out.container_hours_to_go = number_of(row, "hours_to_go");
  const auto classes = row.value("classes", json::object());
  for (const auto& [action, one] : coverage_by_class(view)) {
    const auto told = classes.find(name(action));
    out.classes[action] = {
        one, told == classes.end() ? 0 : number_of(*told, "new_behaviours_per_day").value_or(0)};
  }
  return out;
}

/// Of a file, without an agent.
Result<std::string> page_of_file(const Context& context, const std::string& file) {
  const auto profile = read_profile(file);
  if (!profile) return std::unexpected(profile.error());
  const AssessOptions options{.now = context.clock.now()};
  return report_html(*profile, assess(*profile, options), describe(startup_of(*profile, std::nullopt)),
                     options.max_new_behaviours_per_day, options.now);
}

Result<std::string> page_of_agent(const Context& context, const ProfileChoice& choice) {
  const auto answer =
      ask_agent(context, "profile.show", {{"profile", choice.profile}, {"role", choice.role}});
  if (!answer) return std::unexpected(answer.error());
  const auto profile = profile_from_toml(answer->value("toml", ""), answer->value("path", ""));
  if (!profile) return std::unexpected(profile.error());
  const auto row = answer->value("profile", json::object());
  return report_html(
      *profile, assessment_of(*profile, row), field(row.value("startup", json::object()), "reason"),
      number_of(*answer, "max_new_behaviours_per_day").value_or(AssessOptions{}.max_new_behaviours_per_day),
      context.clock.now());
}

}  // namespace

int command_profile_report(const Context& context, const ProfileChoice& choice, const std::string& file) {
  struct stat found{};
  const bool is_file = stat(choice.profile.c_str(), &found) == 0 && S_ISREG(found.st_mode);
  const auto page = is_file ? page_of_file(context, choice.profile) : page_of_agent(context, choice);
  if (!page) return report(context, page.error());
  if (const auto written = write_output(context, file, *page); !written)
    return report(context, written.error());
  if (file != "-") context.out << "Wrote " << safe(file) << ": open it in a browser.\n";
  return kExitOk;
}

}  // namespace plimsoll
