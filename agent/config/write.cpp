// The configuration as TOML: every key with its value.
#include <charconv>

#include "agent/config/config.h"
#include "agent/config/duration.h"
#include "agent/config/names.h"

namespace plimsoll {
namespace {

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\', out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00", out += kHex[byte >> 4U], out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string number(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string list(const std::vector<std::string>& items, std::string_view indent = "") {
  std::string out = "[";
  for (const auto& item : items) {
    if (!indent.empty()) out += "\n" + std::string(indent);
    out += item + (indent.empty() && &item == &items.back() ? "" : ",");
    if (indent.empty() && &item != &items.back()) out += ' ';
  }
  return out + (items.empty() || indent.empty() ? "]" : "\n]");
}

std::string quoted_list(std::vector<std::string> items, std::string_view indent = "") {
  for (auto& item : items) item = quoted(item);
  return list(items, indent);
}

std::string inline_table(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string out = "{";
  for (const auto& [key, value] : fields) {
    if (value.empty()) continue;
    out += (out.size() > 1 ? ", " : " ") + std::string(key) + " = " + quoted(value);
  }
  return out + " }";
}

std::string rule_text(const std::string& id, const RuleConfig& rule) {
  std::string out = "\n[rules." + quoted(id) + "]\n";
  out += std::string("enabled = ") + (rule.enabled ? "true" : "false") + "\n";
  if (rule.severity) out += "severity = " + quoted(name(*rule.severity)) + "\n";
  std::vector<std::string> excluded;
  excluded.reserve(rule.exclude.size());
  for (const auto& one : rule.exclude) {
    excluded.push_back(
        inline_table({{"image", one.image}, {"namespace", one.name_space}, {"role", one.role}}));
  }
  return out + "exclude = " + list(excluded) + "\n";
}

}  // namespace

std::string to_toml(const Config& config) {
  std::vector<std::string> labels, runtimes;
  std::string label_text = "{";
  for (const auto& [key, value] : config.agent.labels) {
    label_text += (label_text.size() > 1 ? ", " : " ") + quoted(key) + " = " + quoted(value);
  }
  label_text += label_text.size() > 1 ? " }" : "}";
  for (const auto& one : config.identity.runtimes) {
    runtimes.push_back(
        inline_table({{"kind", one.kind}, {"root", one.root}, {"state", one.state}, {"socket", one.socket}}));
  }
  const auto& learning = config.learning;

  std::string out = "[agent]\nstate_dir = " + quoted(config.agent.state_dir);
  out += "\nsocket = " + quoted(config.agent.socket);
  out += "\ncluster = " + quoted(config.agent.cluster);
  out += "\nlabels = " + label_text;
  out += "\n\n[learning]\nmode = " + quoted(name(learning.mode));
  out += "\nmax_new_behaviours_per_day = " + number(learning.max_new_behaviours_per_day);
  out += "\nstable_after = " +
         quoted(learning.stable_after_ns == 0 ? "" : duration_text(learning.stable_after_ns));
  out += "\nstartup_phase = " +
         quoted(learning.startup_phase_ns ? duration_text(*learning.startup_phase_ns) : "");
  out += "\nretire_after = " +
         quoted(learning.retire_after_ns == 0 ? "" : duration_text(learning.retire_after_ns));
  out += "\nexclude = " + quoted_list(learning.exclude);
  out += "\n\n[alerts]\nfile = " + quoted(config.alerts.file);
  out += std::string("\nstdout = ") + (config.alerts.to_stdout ? "true" : "false");
  out += "\nredact = " + quoted_list(config.alerts.redact, "  ");
  out += "\n\n[metrics]\nlisten = " + quoted(config.metrics.listen);
  const auto& sensor = config.sensor;
  out += "\n\n[sensor]\nevents_per_second = " + std::to_string(sensor.events_per_second);
  out += "\nbehaviours_per_container = " + std::to_string(sensor.behaviours_per_container);
  out += "\nring_kib = " + std::to_string(sensor.ring_kib);
  out += "\nlatency = " + quoted(duration_text(sensor.latency_ns));
  out += "\nself_test = " + quoted(sensor.self_test_ns == 0 ? "" : duration_text(sensor.self_test_ns));
  out += "\npin_path = " + quoted(sensor.pin_path);
  out += "\nattach = " + quoted(sensor.attach);
  out += "\n\n[fleet]\nstore = " + quoted(config.fleet.store);
  out += "\nendpoint = " + quoted(config.fleet.endpoint);
  out += "\nregion = " + quoted(config.fleet.region);
  out += "\npoll = " + quoted(duration_text(config.fleet.poll_ns));
  out += "\nformat = " + quoted(config.fleet.format);
  out += "\n\n[identity]\ncgroup_patterns = " + quoted_list(config.identity.cgroup_patterns);
  out += "\nhost_root = " + quoted(config.identity.host_root);
  std::vector<std::string> resolvers;
  resolvers.reserve(config.identity.resolvers.size());
  for (const auto& one : config.identity.resolvers) resolvers.push_back(to_text(one));
  out += "\nresolvers = " + quoted_list(resolvers);
  out += "\nruntimes = " + list(runtimes, "  ") + "\n";
  for (const auto& [id, rule] : config.rules) out += rule_text(id, rule);
  return out;
}

}  // namespace plimsoll
