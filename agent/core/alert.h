// Rules, findings and alerts: what a detector says, and what the operator gets.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/behaviour.h"
#include "agent/core/container.h"
#include "agent/core/event.h"
#include "agent/core/names.h"

namespace plimsoll {

enum class Severity : std::uint8_t { low, medium, high, critical };
template <>
inline constexpr auto kNamesOf<Severity> = names({"low", "medium", "high", "critical"});
constexpr std::optional<Severity> severity_from(std::string_view text) {
  return from_name<Severity>(text);
}

/// hard: an attack in itself, always active and never learned. profile: compared with the learned profile.
enum class RuleKind : std::uint8_t { hard, profile };

/// What one alert stands for. All but the first have one series for whatever was found.
enum class StandsFor : std::uint8_t {
  behaviour,  ///< what one container did
  many,       ///< all of its rule and container, because they were too many to report one by one
  release,    ///< all that is new in its container's image, on this host
  profile,    ///< the state of its container's profile, on this host
};

/// A rule's declaration. The texts are static.
struct Rule {
  std::string_view id;  ///< "escalation.uid0"; the part before the dot is the family
  RuleKind kind = RuleKind::profile;
  StandsFor stands_for = StandsFor::behaviour;
  Severity severity = Severity::medium;
  /// What it finds in a release that is being rolled out is reported once, by drift.release.
  bool of_release = false;
  double confidence = 0.5;       ///< 0..1: how often a finding is a real attack, by its author's estimate
  std::string_view title;        ///< "Gain of user id 0"
  std::string_view description;  ///< what it sees, why it matters, what it cannot see
  std::string_view next_step;    ///< what an operator does first
  std::vector<std::string_view> tactics;     ///< MITRE ATT&CK, "TA0004"
  std::vector<std::string_view> techniques;  ///< "T1068"
};

/// What a detector found in one input.
struct Finding {
  std::string_view rule;
  std::string message;  ///< one sentence, names escaped by the detector through escape()
  std::map<std::string, std::string> evidence;  ///< short facts that support it; values escaped
  std::optional<Severity> severity;             ///< when it differs from the rule's own
};

enum class AlertMode : std::uint8_t { active, shadow };
template <>
inline constexpr auto kNamesOf<AlertMode> = names({"active", "shadow"});

struct Host {
  std::string name;
  std::string cluster;
  std::map<std::string, std::string> labels;
  bool operator==(const Host&) const = default;
};

/// How far the profile that was compared with can be trusted.
struct BaselineSummary {
  std::string state;  ///< none learning stable locked unstable too_large stale
  std::optional<double> predicted_new_behaviours_per_day;
  std::optional<Behaviour> nearest;  ///< the learned behaviour most like this one
  std::vector<std::string> differs;  ///< in which fields the nearest differs
};

struct Alert {
  WallNs time = 0;
  std::string id;           ///< this occurrence series: host, container and fingerprint
  std::string fingerprint;  ///< the same new behaviour anywhere: rule, repository, role, behaviour
  bool update = false;
  Severity severity = Severity::medium;
  AlertMode mode = AlertMode::active;
  bool incomplete = false;
  StandsFor stands_for = StandsFor::behaviour;
  Finding finding;
  Rule rule;
  Host host;
  ContainerPtr container;
  Process process;
  Behaviour behaviour;
  BaselineSummary baseline;
  std::uint64_t lost_events = 0;
  std::uint64_t count = 1;
};

}  // namespace plimsoll
