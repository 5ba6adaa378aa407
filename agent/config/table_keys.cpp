// The keys of the tables within the configuration: a rule's, an exclusion's and a runtime's.
#include <string>

#include "agent/config/checks.h"
#include "agent/config/keys.h"
#include "detectors/detector.h"

namespace plimsoll {
namespace {

Complaint absolute(const std::string& text) {
  return is_absolute_path(text) ? Complaint() : "is not an absolute path";
}

const OneOf<std::string>& runtime_kinds() {
  static const auto kKinds = one_of({"docker", "containerd", "podman", "runc", "crun"});
  return kKinds;
}

std::vector<std::string_view> rule_ids() {
  std::vector<std::string_view> ids;
  for (const auto& detector : all_detectors()) ids.push_back(detector.rule.id);
  return ids;
}

}  // namespace

Record<RuntimeConfig> runtime_record() {
  using Runtime = RuntimeConfig;
  const Text path{"an absolute path", absolute, "for the runtime's default"};
  return {{{"kind", field<&Runtime::kind>(runtime_kinds()), R"("runc")", "Which runtime it is. Required."},
           {"root", field<&Runtime::root>(path), R"("/srv/docker")",
            "Its persistent state, such as /var/lib/docker."},
           {"state", field<&Runtime::state>(path), R"("/run/user/1000/runc")",
            "Its run-time state, such as /run/docker."},
           {"socket", field<&Runtime::socket>(path), R"("/run/k3s/containerd/containerd.sock")",
            "The socket of its API (containerd)."}},
          [](const Runtime& runtime) -> std::optional<Wrong> {
            if (!runtime.kind.empty()) return {};
            return Wrong{"kind", "is missing", runtime_kinds().accepted()};
          }};
}

Record<RuleExclusion> exclusion_record() {
  const Text pattern{"a string, in which * matches any run of characters"};
  return {{{"image", field<&RuleExclusion::image>(pattern), R"("registry.example/builder")",
            "The image's repository."},
           {"namespace", field<&RuleExclusion::name_space>(pattern), R"("ci-*")", "The pod's namespace."},
           {"role", field<&RuleExclusion::role>(pattern), R"("sidecar")",
            "The container's name in its pod or task definition."}},
          [](const RuleExclusion& one) -> std::optional<Wrong> {
            if (!one.image.empty() || !one.name_space.empty() || !one.role.empty()) return {};
            return Wrong{"", "would exclude everything",
                         "a table with at least one of image, namespace, role; or enabled = false"};
          }};
}

const std::vector<KeyOf<RuleConfig>>& rule_keys() {
  static const std::vector<KeyOf<RuleConfig>> kKeys{
      {"enabled", field<&RuleConfig::enabled>(Flag{}), "false", "Whether the rule is evaluated at all."},
      {"severity",
       field<&RuleConfig::severity>(OneOf<std::optional<Severity>>{{{"low", Severity::low},
                                                                    {"medium", Severity::medium},
                                                                    {"high", Severity::high},
                                                                    {"critical", Severity::critical}}}),
       R"("low")", "Severity of its alerts, in place of the rule's own."},
      {"exclude", field<&RuleConfig::exclude>(List<Record<RuleExclusion>>{exclusion_record()}),
       R"([{ image = "registry.example/builder" }])",
       "Where the rule does not apply: tables with image, namespace and role, in which * matches any run of "
       "characters. All that a table names must match."},
  };
  return kKeys;
}

std::string Rules::accepted() const {
  return "tables [rules.\"ID\"], ID being one of " + joined(rule_ids());
}

bool Rules::read(const Place& place, Map& into) const {
  const auto* table = place.value.as<TomlValue::Table>();
  if (table == nullptr) {
    place.wrong_type("a table");
    return false;
  }
  for (const auto& member : *table) {
    const Place rule{member.value, place.path_of("\"" + member.name + "\""), place.problems};
    if (find_rule(member.name) == nullptr) {
      place.problems.add(member.line, rule.path, "unknown rule" + suggestion(member.name, rule_ids()),
                         joined(rule_ids()));
    } else if (member.value.as<TomlValue::Table>() == nullptr) {
      rule.wrong_type("a table with " + joined(names_of(rule_keys())));
    } else {
      read_members(rule, rule_keys(), into[member.name]);
    }
  }
  return true;
}

std::string Rules::write(const Map& rules) const {
  std::string out;
  for (const auto& [id, rule] : rules) {
    out += "\n[rules." + string_literal(id) + "]\n";
    for (const auto& key : rule_keys()) {
      const auto literal = key.field->write(rule);
      if (!literal.empty()) out += std::string(key.name) + " = " + literal + "\n";
    }
  }
  return out;
}

bool Rules::same(const Map& a, const Map& b) const {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.first == y.first && same_members(rule_keys(), x.second, y.second);
  });
}

}  // namespace plimsoll
