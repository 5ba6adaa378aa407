// escalation.capabilities: a program gained capabilities without becoming root.
#include "agent/core/capability.h"
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.capabilities";

std::vector<Finding> detect(const Input& input) {
  if (!is_new(input) || !took_effect(input)) return {};
  std::string names = capability_names(gained(input.activity).capabilities);
  std::string act = verb(input, "gained") + " capabilities";
  std::optional<Severity> severity;
  if (const auto* exec = object<ExecObject>(input)) {
    act = verb(input, "started") + " " + shown(exec->path) + " with extra capabilities";
  } else if (const auto* capset = object<CapsetObject>(input)) {
    names = capset->gained;
    if (names.empty() && !capset->inheritable.empty()) {
      names = capset->inheritable;
      act = verb(input, "made") + " capabilities inheritable by the programs it starts";
      severity = Severity::medium;
    }
  } else if (const auto* setid = object<SetidObject>(input)) {
    act += " by changing its user IDs from " + shown(setid->from) + " to " + shown(setid->to);
  }
  if (names.empty()) return {};
  return found(input, kId, subject(input) + " " + act + ": " + shown(names) + other_phase(input),
               {{"capabilities", names}}, severity);
}

}  // namespace

Detector capabilities() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::profile,
               .severity = Severity::high,
               .confidence = 0.7,
               .title = "Gain of capabilities",
               .description =
                   "A program's effective or permitted capabilities grew through file capabilities, "
                   "capset or a return to an earlier user ID, and the profile does not know this. "
                   "Capabilities that a program only makes inheritable have medium severity. Capabilities "
                   "gained with user ID 0 belong to escalation.uid0, those of a new user namespace to "
                   "escalation.namespace.",
               .next_step =
                   "See which capabilities were gained. Drop those that the service does not need from "
                   "the container's bounding set.",
               .tactics = {"TA0004"},
               .techniques = {"T1548", "T1068"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
