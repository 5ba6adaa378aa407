// `plimsoll profile list|show`: what the images were learned to do.
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "profiles/decisions.h"
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
      text = value == 0 ? "" : std::to_string(value);
    } else {
      text = value;
    }
    if (!text.empty()) out += (out.empty() ? "" : " ") + std::string(key) + "=" + safe(text);
  });
  return out;
}

/// What each class of action promises.
void print_classes(const Context& context, const json& row) {
  const auto classes = row.value("classes", json::object());
  Table table({"ACTION", "BEHAVIOURS", "ESTIMATED", "SEEN ONCE", "IN 5 MIN", "NEWS/DAY <="});
  for (const auto& [action, one] : classes.items()) {
    table.row({action, field(one, "behaviours"), decimal(one, "estimated_behaviours"),
               field(one, "seen_once"), field(one, "seen_once_in_five_minutes"),
               decimal(one, "news_per_day")});
  }
  context.out << '\n' << table.text();
}

std::string_view mark(const Behaviour& behaviour, const Entry& entry) {
  return quarantined(behaviour, entry) ? "  (quarantined: one container only)"
         : on_trial(entry)             ? "  (on trial: a release brought it)"
                                       : "";
}

void print_behaviours(const Context& context, const Profile& profile) {
  std::map<std::string, std::vector<const Behaviour*>> by_actor;
  std::optional<Phase> phase;
  const auto flush = [&] {
    for (const auto& [actor, behaviours] : by_actor) {
      context.out << "  " << safe(actor) << '\n';
      for (const auto* one : behaviours) {
        context.out << "    " << id_of(*one) << "  " << padded(std::string(name(one->action())), 8)
                    << object_text(*one)
                    << (one->outcome == Outcome::failed ? "  (refused by the kernel)" : "")
                    << mark(*one, profile.behaviours.at(*one)) << '\n';
      }
    }
    by_actor.clear();
  };
  for (const auto& [behaviour, entry] : profile.behaviours) {  // sorted: by phase first
    if (behaviour.phase != phase) {
      flush();
      phase = behaviour.phase;
      context.out << '\n' << context.palette.bold(name(*phase)) << '\n';
    }
    by_actor[behaviour.actor].push_back(&behaviour);
  }
  flush();
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
      {"REPOSITORY", "ROLE", "IMAGE ID", "STATE", "BEHAVIOURS", "CONTAINER-MINUTES", "NEWS/DAY", "LOST"});
  for (const auto& row : profiles) {
    table.row({field(row, "repository"), field(row, "role"), short_id(field(row, "image_id")),
               field(row, "state"), field(row, "behaviours"), field(row, "minutes"),
               decimal(row, "predicted_news_per_day"), field(row, "lost_events")});
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
  out << padded("File", 10) << path << '\n';
  print_classes(context, row);
  print_behaviours(context, *parsed);
  return kExitOk;
}

}  // namespace plimsoll
