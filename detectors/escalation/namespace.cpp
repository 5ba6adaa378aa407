// escalation.namespace: a program entered or made namespaces, which the profile does not know.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.namespace";

std::vector<Finding> detect(const Input& input) {
  const auto* ns = object<NsObject>(input);
  if (ns == nullptr || !has_namespace(*ns) || !is_new(input) || !took_effect(input)) return {};
  const std::string act = ns->op == "setns" ? verb(input, "entered other") : verb(input, "made itself new");
  return found(input, kId,
               subject(input) + " " + act + " namespaces: " + shown(ns->types) + other_phase(input));
}

}  // namespace

Detector new_namespace() {
  return {
      .rule =
          {.id = kId,
           .kind = RuleKind::profile,
           .severity = Severity::high,
           .confidence = 0.7,
           .title = "Change of namespaces",
           .description =
               "A program in a running container joined other namespaces (setns: perhaps the host's) or made "
               "new ones (unshare: a user namespace opens much of the kernel to an unprivileged program), "
               "and "
               "the profile does not know it. Namespaces made by clone are not seen.",
           .next_step =
               "For setns, see whose namespaces they are: the host's mean that the container has been left. "
               "For unshare, block user namespaces by the seccomp profile.",
           .tactics = {"TA0004"},
           .techniques = {"T1611"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
