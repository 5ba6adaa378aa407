// escalation.uid0: a program that was not root became root.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.uid0";

std::vector<Finding> detect(const Input& input) {
  if (!gained(input.activity).root || !is_new(input) || !took_effect(input)) return {};
  std::string act = verb(input, "became", "become") + " root";
  std::string from = std::to_string(input.activity.process.before.euid);
  std::string to = std::to_string(input.activity.process.creds.euid);
  if (const auto* exec = object<ExecObject>(input)) {
    act += " by starting " + shown(exec->path);
  } else if (const auto* setid = object<SetidObject>(input)) {
    from = setid->from;
    to = setid->to;
    act += ": its user IDs changed from " + shown(from) + " to " + shown(to);
  }
  return found(input, kId, subject(input) + " " + act + other_phase(input),
               {{"from_uid", from}, {"to_uid", to}});
}

}  // namespace

Detector uid0() {
  return {.rule = {.id = kId,
                   .kind = RuleKind::profile,
                   .severity = Severity::critical,
                   .confidence = 0.85,
                   .title = "Gain of user ID 0",
                   .description =
                       "A program without user ID 0 (real, effective, saved or file-system) obtained it "
                       "through a set*id call or a set-uid file, and the profile does not know this. "
                       "Capabilities that come with it are not reported separately. Root inside a new user "
                       "namespace is not counted: the IDs are those of the host.",
                   .next_step =
                       "Stop the container if nothing in it is meant to become root. Then run the image with "
                       "no-new-privileges and without set-uid files.",
                   .tactics = {"TA0004"},
                   .techniques = {"T1548.001", "T1068"}},
          .detect = detect};
}

}  // namespace plimsoll::detectors
