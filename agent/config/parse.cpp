// The configuration's keys: what each is called, where it goes, and what it may be.
#include <bit>

#include "agent/config/checks.h"
#include "agent/config/config.h"
#include "agent/config/duration.h"
#include "agent/config/names.h"
#include "agent/config/reader.h"
#include "detectors/detector.h"

namespace plimsoll {
namespace {

using Complaint = std::optional<std::string>;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::string_view kAbsolute = "an absolute path";
constexpr std::string_view kAbsoluteOrEmpty = "an absolute path, or \"\"";
constexpr std::string_view kSeverities = "\"low\", \"medium\", \"high\" or \"critical\"";
constexpr std::string_view kKinds = "\"docker\", \"containerd\", \"podman\", \"runc\" or \"crun\"";
constexpr std::size_t kMaxSocketPath = 107;  // sizeof sockaddr_un::sun_path, less the NUL

Complaint absolute(const std::string& text) {
  return is_absolute_path(text) ? Complaint() : "is not an absolute path";
}
Complaint absolute_or_empty(const std::string& text) {
  return text.empty() ? Complaint() : absolute(text);
}
Complaint not_empty(const std::string& text) {
  return text.empty() ? Complaint("is empty") : Complaint();
}

/// A check that the text is a duration within bounds; `ns` is set when it is.
Section::Check duration(std::int64_t& ns, std::int64_t least, std::int64_t most) {
  return [&ns, least, most](const std::string& text) -> Complaint {
    const auto parsed = parse_duration(text);
    if (!parsed) return "is not a duration";
    if (*parsed < least || *parsed > most) return "is out of range";
    ns = *parsed;
    return {};
  };
}

std::string duration_between(std::string_view least, std::string_view most) {
  return std::string(kDurationForm) + ", from " + std::string(least) + " to " + std::string(most);
}

void read_agent(Section& section, Config::Agent& agent) {
  section.get("state_dir", agent.state_dir, kAbsolute, absolute);
  section.get("socket", agent.socket, "an absolute path of at most 107 bytes", [](const std::string& text) {
    return text.size() > kMaxSocketPath ? "is too long" : absolute(text);
  });
  section.get("cluster", agent.cluster);
  section.table("labels", [&](Section& labels) {
    labels.every([&](std::string_view key, const toml::key&, const toml::node& node) {
      if (!node.is_string()) return labels.wrong(key, "is not a string", "a string");
      agent.labels[std::string(key)] = node.as_string()->get();
    });
  });
  section.finish();
}

void read_learning(Section& section, Config::Learning& learning) {
  std::string mode, text;
  section.get("mode", mode, R"("auto", "learn" or "detect")", [&](const std::string& found) -> Complaint {
    for (const auto& [known, value] : kLearningModes) {
      if (known != found) continue;
      learning.mode = value;
      return {};
    }
    return "is not a mode";
  });
  section.get("max_new_behaviours_per_day", learning.max_new_behaviours_per_day, 0.01, 1'000'000);
  section.get("stable_after", text,
              duration_between("\"1s\"", "\"366d\"") + R"(, or "" to decide by evidence)",
              [&](const std::string& found) -> Complaint {
                if (found.empty()) {
                  learning.stable_after_ns = 0;
                  return {};
                }
                return duration(learning.stable_after_ns, kSecond, 366 * kDay)(found);
              });
  section.get("startup_phase", text,
              duration_between("\"0s\"", "\"24h\"") + R"(, or "" to learn it for each image)",
              [&](const std::string& found) -> Complaint {
                learning.startup_phase_ns.reset();
                if (found.empty()) return {};
                std::int64_t ns = 0;
                auto complaint = duration(ns, 0, kDay)(found);
                if (!complaint) learning.startup_phase_ns = ns;
                return complaint;
              });
  section.get("retire_after", text, duration_between("\"1d\"", "\"3660d\"") + R"(, or "" for never)",
              [&](const std::string& found) -> Complaint {
                if (found.empty()) {
                  learning.retire_after_ns = 0;
                  return {};
                }
                return duration(learning.retire_after_ns, kDay, 3660 * kDay)(found);
              });
  section.get("exclude", learning.exclude, "an image's repository, in which * matches any run of characters",
              not_empty);
  section.finish();
}

void read_alerts(Section& section, Config::Alerts& alerts) {
  section.get("file", alerts.file, kAbsolute, absolute);
  section.get("stdout", alerts.to_stdout);
  section.get("redact", alerts.redact, "an ECMAScript regular expression",
              [](const std::string& text) { return regex_problem(text); });
  section.finish();
}

void read_metrics(Section& section, Config::Metrics& metrics) {
  section.get("listen", metrics.listen,
              R"(ADDRESS:PORT with a numeric address, such as "127.0.0.1:9477" or "[::]:9477")",
              [](const std::string& text) {
                return is_listen_address(text) ? Complaint() : "is not an address to listen on";
              });
  section.finish();
}

void read_sensor(Section& section, Config::SensorSettings& sensor) {
  constexpr std::uint32_t kMostEvents = 10'000'000, kMostBehaviours = 262'144;
  constexpr std::uint32_t kLeastRing = 64, kMostRing = 65'536;  // KiB
  section.get("events_per_second", sensor.events_per_second, 0, kMostEvents);
  section.get("behaviours_per_container", sensor.behaviours_per_container, 0, kMostBehaviours);
  section.get("ring_kib", sensor.ring_kib, 0, kMostRing);
  if (sensor.ring_kib != 0 && (sensor.ring_kib < kLeastRing || !std::has_single_bit(sensor.ring_kib))) {
    section.wrong("ring_kib", "is " + std::to_string(sensor.ring_kib),
                  "a power of two from 64 to 65536, or 0 to choose by the number of CPUs");
  }
  std::string latency;
  section.get("latency", latency, duration_between("\"1ms\"", "\"1s\""),
              duration(sensor.latency_ns, kSecond / 1000, kSecond));
  std::string self_test;
  section.get("self_test", self_test, duration_between("\"10s\"", "\"24h\"") + R"(, or "" for none)",
              [&](const std::string& found) -> Complaint {
                if (!found.empty()) return duration(sensor.self_test_ns, 10 * kSecond, kDay)(found);
                sensor.self_test_ns = 0;
                return {};
              });
  section.get("pin_path", sensor.pin_path, kAbsoluteOrEmpty, absolute_or_empty);
  section.get("attach", sensor.attach,
              R"("fexit", "kprobe", "capable", "lsm", "raw", or "" for the best of the first four)",
              [](const std::string& text) -> Complaint {
                for (const auto known : {"", "fexit", "kprobe", "capable", "lsm", "raw"}) {
                  if (text == known) return {};
                }
                return "is not a way to attach";
              });
  section.finish();
}

void read_fleet(Section& section, Config::Fleet& fleet) {
  section.get("store", fleet.store,
              R"(an absolute path, "s3://BUCKET" or "s3://BUCKET/PREFIX", or "" for none)",
              [](const std::string& text) -> Complaint {
                const bool right = text.empty() || is_absolute_path(text) || is_s3_place(text);
                return right ? Complaint() : "is no place for a fleet's profiles";
              });
  section.get("endpoint", fleet.endpoint, R"("https://HOST" or "http://HOST:PORT", or "" for AWS's own)",
              [](const std::string& text) -> Complaint {
                return text.empty() || is_http_endpoint(text) ? Complaint() : "is no endpoint";
              });
  section.get("region", fleet.region, R"(a region's name, such as "eu-west-1", or "" for AWS_REGION's)",
              [](const std::string& text) -> Complaint {
                return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos
                           ? Complaint()
                           : "is no region's name";
              });
  // Each poll of S3 costs money and somebody else's server; a directory and this host cost neither.
  const bool far = fleet.store.starts_with("s3://") && !is_loopback_endpoint(fleet.endpoint);
  std::string poll;
  section.get("poll", poll,
              duration_between(far ? "\"5m\"" : "\"1s\"", "\"24h\"") +
                  (far ? " (from \"1s\" for a directory, and for an endpoint on this host)" : ""),
              duration(fleet.poll_ns, far ? 300 * kSecond : kSecond, kDay));
  section.get("format", fleet.format, R"("1.1", or "1.0" while agents of the version before this one run)",
              [](const std::string& text) -> Complaint {
                return text == "1.1" || text == "1.0" ? Complaint() : "is no format of profiles";
              });
  section.finish();
}

void read_identity(Section& section, IdentityConfig& identity) {
  section.get("cgroup_patterns", identity.cgroup_patterns,
              "an ECMAScript regular expression with one group, the container's id",
              [](const std::string& text) { return regex_problem(text, 1); });
  section.get("host_root", identity.host_root, kAbsoluteOrEmpty, absolute_or_empty);
  std::vector<std::string> resolvers;
  section.get("resolvers", resolvers, "an IPv4 or IPv6 address", [](const std::string& text) -> Complaint {
    return address_from(text) ? Complaint() : "is no address";
  });
  identity.resolvers.clear();
  for (const auto& text : resolvers) {
    if (const auto address = address_from(text)) identity.resolvers.push_back(*address);
  }
  std::vector<RuntimeConfig> runtimes;
  section.tables("runtimes", [&](Section& entry) {
    auto& runtime = runtimes.emplace_back();
    entry.get("kind", runtime.kind, kKinds, [](const std::string& text) -> Complaint {
      for (const auto known : {"docker", "containerd", "podman", "runc", "crun"}) {
        if (text == known) return {};
      }
      return "is not a runtime";
    });
    entry.get("root", runtime.root, kAbsoluteOrEmpty, absolute_or_empty);
    entry.get("state", runtime.state, kAbsoluteOrEmpty, absolute_or_empty);
    entry.get("socket", runtime.socket, kAbsoluteOrEmpty, absolute_or_empty);
    if (runtime.kind.empty()) entry.wrong("kind", "is missing", kKinds);
    entry.finish();
  });
  identity.runtimes = std::move(runtimes);
  section.finish();
}

void read_rule(Section& section, RuleConfig& rule) {
  section.get("enabled", rule.enabled);
  std::string severity;
  section.get("severity", severity, kSeverities, [&](const std::string& text) -> Complaint {
    rule.severity = severity_from(text);
    return rule.severity ? Complaint() : "is not a severity";
  });
  section.tables("exclude", [&](Section& entry) {
    auto& one = rule.exclude.emplace_back();
    entry.get("image", one.image);
    entry.get("namespace", one.name_space);
    entry.get("role", one.role);
    entry.finish();
    if (one.image.empty() && one.name_space.empty() && one.role.empty()) {
      section.wrong("exclude", "would exclude everything",
                    "tables with at least one of image, namespace, role; or enabled = false");
    }
  });
  section.finish();
}

std::string rule_ids() {
  std::string ids;
  for (const auto& detector : all_detectors())
    ids += (ids.empty() ? "" : ", ") + std::string(detector.rule.id);
  return ids;
}

void read_rules(Section& section, std::map<std::string, RuleConfig>& rules) {
  section.every([&](std::string_view id, const toml::key& where, const toml::node& node) {
    if (find_rule(id) == nullptr) {
      section.problems().add(where.source(), section.path_of("\"" + std::string(id) + "\""), "unknown rule",
                             rule_ids());
      return;
    }
    if (!node.is_table()) {
      return section.wrong(id, "is not a table", "a table with enabled, severity, exclude");
    }
    Section rule(*node.as_table(), section.path_of("\"" + std::string(id) + "\""), section.problems());
    read_rule(rule, rules[std::string(id)]);
  });
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view source) {
  Problems problems(source);
  toml::table parsed;
  try {
    parsed = toml::parse(text);
  } catch (const toml::parse_error& wrong) {
    problems.add(wrong.source(), "syntax", wrong.description(),
                 "TOML 1.0; a rule's id stands in quotes: [rules.\"drift.new_executable\"]");
    return std::unexpected(*problems.first());
  }
  Config config = default_config();
  Section root(parsed, "", problems);
  root.table("agent", [&](Section& section) { read_agent(section, config.agent); });
  root.table("learning", [&](Section& section) { read_learning(section, config.learning); });
  root.table("alerts", [&](Section& section) { read_alerts(section, config.alerts); });
  root.table("metrics", [&](Section& section) { read_metrics(section, config.metrics); });
  root.table("sensor", [&](Section& section) { read_sensor(section, config.sensor); });
  root.table("fleet", [&](Section& section) { read_fleet(section, config.fleet); });
  root.table("identity", [&](Section& section) { read_identity(section, config.identity); });
  root.table("rules", [&](Section& section) { read_rules(section, config.rules); });
  root.finish();
  if (const auto& first = problems.first()) return std::unexpected(*first);
  return config;
}

}  // namespace plimsoll
