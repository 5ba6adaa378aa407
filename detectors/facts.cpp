// What detectors share.
#include "detectors/facts.h"

#include <array>
#include <utility>

#include "agent/core/text.h"

namespace plimsoll::detectors {
namespace {

bool known_by_other_origin(const Input& input) {
  constexpr std::array kHarmless = {Origin::image, Origin::upper_copy, Origin::unknown};
  const auto harmless = [&](Origin o) { return o == kHarmless[0] || o == kHarmless[1] || o == kHarmless[2]; };
  const auto* exec = object<ExecObject>(input);
  if (exec == nullptr || !harmless(exec->origin)) return false;
  Behaviour alike = input.activity.behaviour;
  for (const Origin origin : kHarmless) {
    std::get<ExecObject>(alike.object).origin = origin;
    if (input.baseline.contains(alike)) return true;
  }
  return false;
}

}  // namespace

bool in_container(const Input& input) {
  return input.activity.behaviour.phase != Phase::setup;
}

bool is_new(const Input& input) {
  return !input.known && in_container(input) && input.baseline.covers(input.activity.behaviour.action()) &&
         !known_by_other_origin(input);
}

bool took_effect(const Input& input) {
  return input.activity.behaviour.outcome != Outcome::failed;
}

std::string subject(const Input& input) {
  const Behaviour& b = input.activity.behaviour;
  if (b.actor.empty()) return "an unknown program";
  if (b.actor != kRuntimeActor) return shown(short_name(b.actor));
  return b.phase == Phase::entered ? "someone outside the container (an exec or a probe)"
                                   : "the container runtime";
}

std::string shown(std::string_view name) {
  constexpr std::size_t kEnd = 60;  // bytes shown of each end: what matters of a path is where and what
  if (name.size() <= 2 * kEnd) return escape(name);
  return escape(name.substr(0, kEnd)) + "..." + escape(name.substr(name.size() - kEnd));
}

std::string verb(const Input& input, std::string_view past, std::string_view participle) {
  if (input.activity.behaviour.outcome != Outcome::attempt) return std::string{past};
  return "may have " + std::string{participle.empty() ? past : participle};
}

std::string other_phase(const Input& input) {
  constexpr std::array<std::pair<Phase, std::string_view>, 3> kPhases = {
      {{Phase::startup, "at startup"}, {Phase::steady, "in steady state"}, {Phase::entered, "from outside"}}};
  Behaviour alike = input.activity.behaviour;
  for (const auto& [phase, text] : kPhases) {
    alike.phase = phase;
    if (phase != input.activity.behaviour.phase && input.baseline.contains(alike)) {
      return ", so far only " + std::string{text};
    }
  }
  return {};
}

std::vector<Finding> found(const Input& input, std::string_view rule, std::string message, Facts facts,
                           std::optional<Severity> severity) {
  Finding finding{rule, std::move(message), {}, severity};
  const auto add = [&](const char* key, std::string_view value) {
    if (!value.empty()) finding.evidence.emplace(key, escape(value));
  };
  for (const auto& [key, value] : facts) add(key, value);
  const Evidence& evidence = input.activity.evidence;
  add("syscall", evidence.syscall);
  if (evidence.compat) add("abi", "32-bit call");
  if (evidence.actor_not_from_image) add("actor_origin", "not from the image");
  if (evidence.truncated) add("truncated", "a name was too long to be kept whole");
  return {std::move(finding)};
}

}  // namespace plimsoll::detectors
