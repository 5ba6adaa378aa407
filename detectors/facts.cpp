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
  return b.phase == Phase::entered ? "an exec or probe from outside the container" : "the container runtime";
}

std::string class_of(const ConnectObject& connect) {
  for (const std::string_view near : {"loopback", "private", "public"}) {
    if (connect.dest == near) return "a " + std::string{near} + " address";
  }
  return shown(connect.dest);
}

std::string destination(const Input& input, const ConnectObject& connect) {
  if (connect.proto == "unix") return "the Unix socket " + shown(connect.dest);
  const std::string port = std::to_string(connect.port) + "/" + shown(connect.proto);
  if (is_name(connect.dest)) return shown(connect.dest.substr(kByName.size())) + ":" + port;
  const auto& address = input.activity.evidence.address;
  if (!address) return class_of(connect) + ", port " + port + ",";
  const std::string text = to_text(*address);
  return (text.contains(':') ? "[" + text + "]" : text) + ":" + port;
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
      {{Phase::startup, "during startup"},
       {Phase::steady, "after startup"},
       {Phase::entered, "in an exec or probe from outside"}}};
  Behaviour alike = input.activity.behaviour;
  for (const auto& [phase, text] : kPhases) {
    alike.phase = phase;
    if (phase != input.activity.behaviour.phase && input.baseline.contains(alike)) {
      return "; until now this was seen only " + std::string{text};
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
  if (evidence.truncated) add("truncated", "a name was too long and was cut");
  return {std::move(finding)};
}

}  // namespace plimsoll::detectors
