// escalation.credentials_endpoint: a program asks for credentials of the node or the task for the first time.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.credentials_endpoint";

std::string_view what(std::string_view dest) {
  if (dest == "imds") return "the instance metadata service";
  if (dest == "ecs-credentials") return "the ECS task credentials endpoint";
  if (dest == "pod-identity") return "the EKS pod identity agent";
  return "a kubelet";
}

std::vector<Finding> detect(const Input& input) {
  const auto* connect = object<ConnectObject>(input);
  if (connect == nullptr ||
      kind_of(*connect, input.activity.evidence.address) != DestinationKind::credentials_endpoint ||
      !is_new(input))
    return {};
  const auto& address = input.activity.evidence.address;
  const std::string phase = other_phase(input);
  return found(input, kId,
               subject(input) + " connected to " + std::string{what(connect->dest)} +
                   (phase.empty() ? " for the first time" : phase),
               {{"address", address ? to_text(*address) : ""}, {"port", std::to_string(connect->port)}});
}

}  // namespace

Detector credentials_endpoint() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::profile,
               .severity = Severity::high,
               .confidence = 0.8,
               .title = "Connection to a credentials endpoint",
               .description =
                   "A program connected, or tried to connect, to the instance metadata service, an ECS or "
                   "EKS credentials endpoint, or a kubelet (ports 10250 and 10255 on private and loopback "
                   "addresses), and the profile does not know this. These endpoints hand out cloud "
                   "credentials or run commands in pods. The rule replaces drift.new_destination for them.",
               .next_step =
                   "Check CloudTrail for use of the node's or task's role from elsewhere, and rotate the "
                   "credentials if in doubt. Require IMDSv2 with a hop limit of 1.",
               .tactics = {"TA0006", "TA0004"},
               .techniques = {"T1552.005", "T1552.007"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
