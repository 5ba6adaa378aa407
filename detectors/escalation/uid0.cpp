// escalation.uid0: a program that was not root became root.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.uid0";

std::vector<Finding> detect(const Input& input) {
  if (!gained(input.activity).root || !is_new(input) || !took_effect(input)) return {};
  std::string how;
  std::string from = std::to_string(input.activity.process.before.euid);
  std::string to = std::to_string(input.activity.process.creds.euid);
  if (const auto* exec = object<ExecObject>(input)) {
    how = " by starting " + shown(exec->path);
  } else if (const auto* setid = object<SetidObject>(input)) {
    from = setid->from;
    to = setid->to;
    how = ": its user ids went from " + shown(from) + " to " + shown(to);
  }
  return found(input, kId,
               subject(input) + " " + verb(input, "became", "become") + " root" + how + other_phase(input),
               {{"from_uid", from}, {"to_uid", to}});
}

}  // namespace

Detector uid0() {
  return {.rule = {.id = kId,
                   .kind = RuleKind::profile,
                   .severity = Severity::critical,
                   .confidence = 0.85,
                   .title = "Gain of user id 0",
                   .description = "A program none of whose real, effective, saved and file-system user ids "
                                  "was 0 got one that is, "
                                  "by a set*id call or by starting a set-uid file, and the profile does not "
                                  "know it. Capabilities "
                                  "that come with it are not reported apart. Root over a user namespace of "
                                  "its own is not counted: "
                                  "ids are the host's.",
                   .next_step =
                       "Stop the container if nothing in it is meant to become root. Then run the image with "
                       "no-new-privileges and without set-uid files.",
                   .tactics = {"TA0004"},
                   .techniques = {"T1548.001", "T1068"}},
          .detect = detect};
}

}  // namespace plimsoll::detectors
