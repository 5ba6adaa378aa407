// `plimsoll profile list|show`: what the images were learned to do.
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <ranges>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "profiles/decisions.h"
#include "profiles/generalise.h"
#include "profiles/profile.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

using nlohmann::json;

/// One decimal; "" when it is missing or null.
std::string decimal(const json& row, std::string_view key) {
  const auto found = row.find(key);
  if (found == row.end() || !found->is_number()) return "";
  return one_decimal(found->get<double>());
}

/// "sha256:3f1c..." -> "3f1c0a9b8c7d"; empty where the runtime does not tell a digest.
std::string short_id(const std::string& image_id) {
  return image_id.starts_with("sha256:") ? short_image(image_id) : "";
}

std::string object_text(const Behaviour& behaviour) {
  std::string out;
  for_each_field(behaviour.object, [&](std::string_view key, const auto& value) {
    std::string text;
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, Origin>) {
      text = value == Origin::unknown ? "" : name(value);
    } else if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::uint16_t>) {
      text = port_text(behaviour, value);
    } else {
      text = value;
    }
    if (!text.empty()) out += (out.empty() ? "" : " ") + std::string(key) + "=" + safe(text);
  });
  return out;
}

/// The estimates for each class of action.
void print_classes(const Context& context, const json& row) {
  const auto classes = row.value("classes", json::object());
  Table table({"ACTION", "BEHAVIOURS", "ESTIMATED", "SEEN ONCE", "IN 5 MIN", "NEW/DAY <="});
  for (const auto& [action, one] : classes.items()) {
    table.row({action, field(one, "behaviours"), decimal(one, "estimated_behaviours"),
               field(one, "seen_once"), field(one, "seen_once_in_five_minutes"),
               decimal(one, "new_behaviours_per_day")});
  }
  context.out << '\n' << table.text();
}

std::string_view mark(const Behaviour& behaviour, const Entry& entry) {
  return quarantined(behaviour, entry) ? "  (quarantined: one container only)"
         : on_trial(entry)             ? "  (on trial: a release brought it)"
                                       : "";
}

/// By phase and actor; a pattern in place of its examples, which stand below it.
void print_behaviours(const Context& context, const Profile& profile) {
  const Generalised view(profile);
  std::map<Phase, std::map<std::string, std::map<Behaviour, const Entry*>>> tree;
  view.each([&](const Behaviour& b, const Entry& entry) { tree[b.phase][b.actor].emplace(b, &entry); });
  const auto line = [&](std::string_view indent, const Behaviour& one, const std::string& rest) {
    context.out << indent << id_of(one) << "  " << padded(std::string(name(one.action())), 8)
                << object_text(one) << (one.outcome == Outcome::failed ? "  (refused by the kernel)" : "")
                << rest << '\n';
  };
  for (const auto& [phase, actors] : tree) {
    context.out << '\n' << context.palette.bold(name(phase)) << '\n';
    for (const auto& [actor, behaviours] : actors) {
      context.out << "  " << safe(actor) << '\n';
      for (const auto& [one, entry] : behaviours) {
        const auto pattern = view.patterns().find(one);
        if (pattern == view.patterns().end()) {
          line("    ", one, std::string(mark(one, *entry)));
          continue;
        }
        line("    ", one,
             "  (a pattern: " + seen_in_its_place(pattern->second) + ")" + std::string(mark(one, *entry)));
        for (const auto* example : pattern->second.examples | std::views::take(kExamplesKept))
          line("      ", example->first, "");
      }
    }
  }
  if (!profile.tombstones.empty()) context.out << '\n' << context.palette.bold("removed") << '\n';
  for (const auto& removed : profile.tombstones)
    context.out << "    " << id_of(removed) << "  " << safe(describe(removed)) << '\n';
}

}  // namespace

int command_profile_list(const Context& context) {
  const auto answer = ask_agent(context, "profile.list", json::object());
  if (!answer) return report(context, answer.error());
  const auto profiles = answer->value("profiles", json::array());
  if (context.output == Output::json) {
    print_json(context, profiles);
    return kExitOk;
  }
  if (profiles.empty()) {
    context.out << "No profiles yet: start a container.\n";
    return kExitOk;
  }
  Table table(
      {"REPOSITORY", "ROLE", "IMAGE ID", "STATE", "BEHAVIOURS", "CONTAINER-MINUTES", "NEW/DAY", "LOST"});
  for (const auto& row : profiles) {
    table.row({field(row, "repository"), field(row, "role"), short_id(field(row, "image_id")),
               field(row, "state"), field(row, "behaviours"), field(row, "minutes"),
               decimal(row, "predicted_new_behaviours_per_day"), field(row, "lost_events")});
  }
  context.out << table.text();
  return kExitOk;
}

int command_profile_show(const Context& context, const std::string& profile, const std::string& role) {
  json args{{"profile", profile}};
  if (!role.empty()) args["role"] = role;
  const auto answer = ask_agent(context, "profile.show", args);
  if (!answer) return report(context, answer.error());
  if (context.output == Output::json) {
    print_json(context, *answer);
    return kExitOk;
  }
  const auto toml = answer->value("toml", "");
  if (context.output == Output::toml) {
    context.out << toml;
    return kExitOk;
  }
  const auto path = field(*answer, "path");
  const auto parsed = profile_from_toml(toml, path);
  if (!parsed) return report(context, parsed.error());
  const auto row = answer->value("profile", json::object());
  auto& out = context.out;
  out << context.palette.bold(field(row, "repository")) << "  role " << field(row, "role") << "  "
      << field(row, "image_id") << '\n';
  out << padded("State", 10) << state_text(row) << '\n';
  out << padded("Progress", 10) << progress_bar(row) << '\n';
  out << padded("Evidence", 10) << field(row, "minutes") << " container-minutes on " << field(row, "hosts")
      << " hosts, " << field(row, "lifetimes") << " containers, " << field(row, "lost_events")
      << " events lost\n";
  out << padded("Learned", 10) << field(row, "behaviours") << " behaviours, " << field(row, "quarantined")
      << " of them quarantined\n";
  out << padded("Startup", 10) << field(row.value("startup", json::object()), "reason") << '\n';
  out << padded("File", 10) << path << '\n';
  print_classes(context, row);
  print_behaviours(context, *parsed);
  return kExitOk;
}

}  // namespace plimsoll
