// escalation.failed_privileged: a denied attempt at something privileged.
#include <system_error>

#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.failed_privileged";

/// What was tried, to follow "tried to"; empty for what this rule leaves alone: exec and connect.
std::string attempt(const Input& input) {
  if (const auto* setid = object<SetidObject>(input))
    return "change its " + shown(setid->kind) + " to " + shown(setid->to);
  if (object<CapsetObject>(input) != nullptr) return "change its capabilities";
  if (const auto* mount = object<MountObject>(input)) {
    const std::string fs = mount->fs.empty() ? "" : " " + shown(mount->fs);
    return "change mounts (" + shown(mount->op) + fs +
           (mount->target.empty() ? "" : " on " + shown(mount->target)) + ")";
  }
  if (const auto* socket = object<SocketObject>(input)) return "open a " + shown(socket->family) + " socket";
  if (const auto* ns = object<NsObject>(input); ns != nullptr && has_namespace(*ns)) {
    return (ns->op == "setns" ? "enter other namespaces (" : "create new namespaces (") + shown(ns->types) +
           ")";
  }
  return {};
}

std::vector<Finding> detect(const Input& input) {
  const Behaviour& b = input.activity.behaviour;
  if (b.outcome != Outcome::failed || !is_new(input)) return {};
  const std::string what = attempt(input);
  if (what.empty()) return {};
  const std::int64_t result = input.activity.evidence.result;
  const std::string error =
      result < 0 ? std::generic_category().message(static_cast<int>(-result)) : std::string{};
  const bool outward = b.action() == Action::mount || b.action() == Action::ns;
  return found(input, kId, subject(input) + " tried to " + what + " and was denied" + other_phase(input),
               {{"error", error}}, outward ? std::optional(Severity::medium) : std::nullopt);
}

}  // namespace

Detector failed_privileged() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::profile,
               .severity = Severity::low,
               .confidence = 0.4,
               .title = "Denied privileged operation",
               .description =
                   "The kernel denied a program a change of IDs, capabilities, mounts or namespaces, or a "
                   "raw socket, and the profile does not know this attempt. Exploits often probe like "
                   "this before they succeed. Denied mounts and namespace changes have medium severity. A "
                   "denied attempt raises this rule instead of the rule for the success.",
               .next_step = "Look for other alerts of the same container around that time.",
               .tactics = {"TA0004", "TA0007"},
               .techniques = {"T1068"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
