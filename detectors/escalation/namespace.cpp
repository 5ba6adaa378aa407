// escalation.namespace: a program entered or created namespaces, which the profile does not know.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.namespace";

std::vector<Finding> detect(const Input& input) {
  const auto* ns = object<NsObject>(input);
  if (ns == nullptr || !has_namespace(*ns) || !is_new(input) || !took_effect(input)) return {};
  const std::string act = ns->op == "setns" ? verb(input, "entered other") : verb(input, "created new");
  return found(input, kId,
               subject(input) + " " + act + " namespaces: " + shown(ns->types) + other_phase(input));
}

}  // namespace

Detector new_namespace() {
  return {.rule = {.id = kId,
                   .kind = RuleKind::profile,
                   .severity = Severity::high,
                   .confidence = 0.7,
                   .title = "Change of namespaces",
                   .description =
                       "A program in a running container joined other namespaces (setns) or created new ones "
                       "(unshare), and the profile does not know this. Joining the host's namespaces is an "
                       "escape; a new user namespace exposes much of the kernel to an unprivileged program. "
                       "Namespaces created by clone are not seen.",
                   .next_step =
                       "For setns, see whose namespaces they are: the host's mean that the program has left "
                       "the container. For unshare, block user namespaces in the seccomp profile.",
                   .tactics = {"TA0004"},
                   .techniques = {"T1611"}},
          .detect = detect};
}

}  // namespace plimsoll::detectors
