// An alert for a person.
#include "agent/cli/alert_text.h"

#include <nlohmann/json.hpp>

#include "agent/cli/format.h"
#include "agent/core/behaviour.h"

namespace plimsoll {
namespace {

using nlohmann::json;

constexpr std::size_t kWidth = 96;

json member(const json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : json::object();
}

std::string line(const Palette& palette, std::string_view label, const std::string& text) {
  if (text.empty()) return "";
  return "    " + palette.faint(padded(std::string(label), 10)) +
         wrapped(text, kWidth, std::string(14, ' ')) + "\n";
}

/// A long list, as of capabilities, gets blanks at which its line may break.
std::string breakable(const std::string& list) {
  if (list.size() < kWidth / 2) return list;
  std::string out;
  for (const char c : list) out += c == ',' ? ", " : std::string(1, c);
  return out;
}

/// "steady  /bin/busybox:sh  exec  path=/tmp/x as=x".
std::string behaviour_text(const json& behaviour) {
  std::string out =
      field(behaviour, "phase") + "  " + field(behaviour, "actor") + "  " + field(behaviour, "action");
  const auto action = action_from(field(behaviour, "action"));
  if (!action) return out;
  const auto object = member(behaviour, "object");
  Object order = make_object(*action);
  for_each_field(order, [&](std::string_view key, const auto&) {
    const auto value = field(object, key);
    if (!value.empty()) out += " " + std::string(key) + "=" + breakable(value);
  });
  if (behaviour.value("pattern", false)) out += "  (a pattern)";
  return out;
}

std::string process_text(const json& process) {
  std::string out = joined(process, "argv", " ");
  if (out.empty()) out = field(process, "exe");
  out += "  (pid " + field(process, "pid") + ", uid " + field(process, "uid") + ")";
  const auto ancestors = process.value("ancestors", json::array());
  for (const auto& one : ancestors) out += " < " + field(one, "exe");
  return out;
}

/// The lines on what was expected.
std::string expected_text(const Palette& palette, const json& baseline) {
  const auto nearest = member(baseline, "nearest");
  const auto differs = joined(baseline, "differs", ", ");
  if (nearest.empty()) {
    return line(palette, "expected",
                "no such action: the profile (" + field(baseline, "state") + ") has none like it");
  }
  if (differs.empty()) {
    return line(palette, "expected", "this behaviour is known; the rule checks more than a profile records");
  }
  return line(palette, "expected", behaviour_text(nearest)) +
         line(palette, "", "(the most similar that was learned; differs in " + differs + ")");
}

}  // namespace

std::string alert_text(const json& alert, const Palette& palette) {
  const auto severity = field(alert, "severity");
  const auto container = member(alert, "container");
  const auto attack = member(alert, "attack");
  const auto mode = field(alert, "mode");

  std::string out = "  " + palette.severity(severity, padded(severity, 9)) +
                    palette.bold(field(alert, "rule")) + (mode == "active" ? "" : "  (" + mode + ")") + "\n";
  out += "    " + palette.bold(wrapped(field(alert, "message"), kWidth + 10, "    ")) + "\n";
  out += line(palette, "container", field(container, "name") + ", image " + field(container, "image"));
  out += line(palette, "seen", behaviour_text(member(alert, "behaviour")));
  out += expected_text(palette, member(alert, "baseline"));
  out += line(palette, "process", process_text(member(alert, "process")));
  std::string evidence;
  const auto facts = member(alert, "evidence");
  for (const auto& [key, value] : facts.items()) {
    evidence += (evidence.empty() ? "" : ", ") + safe(key) + ": " + field(facts, key);
  }
  out += line(palette, "evidence", evidence);
  out += line(palette, "att&ck", joined(attack, "techniques", " "));
  const auto count = field(alert, "count");
  out += line(palette, "when",
              field(alert, "time") + (count == "1" || count.empty() ? "" : ", " + count + " times"));
  return out;
}

}  // namespace plimsoll
