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
  std::string how;
  std::optional<Severity> severity;
  if (const auto* exec = object<ExecObject>(input)) {
    how = " by starting " + shown(exec->path);
  } else if (const auto* capset = object<CapsetObject>(input)) {
    names = capset->gained;
    if (names.empty() && !capset->inheritable.empty()) {
      names = capset->inheritable;
      how = " to hand on to programs that it starts";
      severity = Severity::medium;
    }
  } else if (const auto* setid = object<SetidObject>(input)) {
    how = " by changing its ids from " + shown(setid->from) + " to " + shown(setid->to);
  }
  if (names.empty()) return {};
  return found(input, kId,
               subject(input) + " " + verb(input, "gained") + " " + shown(names) + how + other_phase(input),
               {{"capabilities", names}}, severity);
}

}  // namespace

Detector capabilities() {
  return {
      .rule =
          {.id = kId,
           .kind = RuleKind::profile,
           .severity = Severity::high,
           .confidence = 0.7,
           .title = "Gain of capabilities",
           .description =
               "A program's effective or permitted capabilities grew, by a file's capabilities, by capset or "
               "by "
               "taking an effective id up again, and the profile does not know it. What comes with user id 0 "
               "is escalation.uid0's; a new user namespace is escalation.namespace's.",
           .next_step = "See which capabilities were gained. Drop those the service does not need from the "
                        "container's "
                        "bounding set.",
           .tactics = {"TA0004"},
           .techniques = {"T1548", "T1068"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
