// `plimsoll rules`: what each rule detects, its severity, and what to do first when it raises an alert.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/cli/cli.h"
#include "agent/cli/commands.h"
#include "agent/cli/format.h"
#include "detectors/detector.h"

namespace plimsoll {
namespace {

using nlohmann::json;

constexpr std::size_t kWidth = 96;

/// The same rows as the agent's, from the registry and the configuration file.
json configured_rules(const Config& config) {
  json rows = json::array();
  for (const auto& [rule, detect] : all_detectors()) {
    const auto found = config.rules.find(std::string(rule.id));
    const RuleConfig set = found == config.rules.end() ? RuleConfig{} : found->second;
    json exclude = json::array();
    for (const auto& one : set.exclude) {
      exclude.push_back({{"image", one.image}, {"namespace", one.name_space}, {"role", one.role}});
    }
    rows.push_back({{"id", rule.id},
                    {"kind", rule.kind == RuleKind::hard ? "hard" : "profile"},
                    {"severity", name(set.severity.value_or(rule.severity))},
                    {"default_severity", name(rule.severity)},
                    {"enabled", set.enabled},
                    {"confidence", rule.confidence},
                    {"title", rule.title},
                    {"description", rule.description},
                    {"next_step", rule.next_step},
                    {"tactics", rule.tactics},
                    {"techniques", rule.techniques},
                    {"exclude", exclude}});
  }
  return rows;
}

Result<json> all_rules(const Context& context) {
  if (const auto answer = ask_agent(context, "rules", json::object())) return answer->at("rules");
  if (!context.socket.empty()) return fail("no agent answers on " + context.socket);
  const auto config = read_config(context);
  if (!config) return std::unexpected(config.error());
  return configured_rules(*config);
}

void print_paragraph(const Context& context, std::string_view label, const std::string& text) {
  context.out << padded(std::string(label), 12)
              << wrapped(text.empty() ? "-" : text, kWidth, std::string(12, ' ')) << '\n';
}

void print_rule(const Context& context, const json& rule) {
  context.out << context.palette.bold(field(rule, "id")) << "  " << field(rule, "title") << "\n\n";
  print_paragraph(context, "What", field(rule, "description"));
  print_paragraph(context, "Do first", field(rule, "next_step"));
  print_paragraph(context, "Severity",
                  field(rule, "severity") + (rule.value("enabled", true) ? "" : ", disabled") +
                      "; confidence " + field(rule, "confidence"));
  print_paragraph(context, "Kind",
                  field(rule, "kind") == "hard"
                      ? "hard: an attack in itself, always active and never learned"
                      : "profile: new behaviour, compared with the profile of the image");
  print_paragraph(context, "ATT&CK", joined(rule, "tactics", " ") + " " + joined(rule, "techniques", " "));
  for (const auto& one : rule.value("exclude", json::array()))
    print_paragraph(context, "Excluded", one.dump());
}

}  // namespace

int command_rules(const Context& context, const std::string& rule) {
  auto rules = all_rules(context);
  if (!rules) return report(context, rules.error());
  if (!rule.empty()) {
    const auto found =
        std::ranges::find_if(*rules, [&](const json& row) { return field(row, "id") == rule; });
    if (found == rules->end()) {
      return report(context, {"unknown rule " + safe(rule) + "; `plimsoll rules` lists all rules"});
    }
    if (context.output == Output::json) {
      print_json(context, *found);
    } else {
      print_rule(context, *found);
    }
    return kExitOk;
  }
  if (context.output == Output::json) {
    print_json(context, *rules);
    return kExitOk;
  }
  Table table({"RULE", "SEVERITY", "KIND", "ENABLED", "TITLE"});
  for (const auto& row : *rules) {
    table.row({field(row, "id"), field(row, "severity"), field(row, "kind"),
               row.value("enabled", true) ? "yes" : "no", field(row, "title")});
  }
  context.out << table.text();
  return kExitOk;
}

}  // namespace plimsoll
