// escalation.control_socket: a container talks to the container runtime.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.control_socket";

std::vector<Finding> detect(const Input& input) {
  const auto* connect = object<ConnectObject>(input);
  if (connect == nullptr ||
      kind_of(*connect, input.activity.evidence.address) != DestinationKind::control_socket ||
      !in_container(input))
    return {};
  // A device plugin has to talk to kubelet; nobody has to talk to the runtime.
  const bool kubelet = connect->dest.ends_with("kubelet.sock");
  return found(input, kId,
               subject(input) + " connected to " + shown(connect->dest) + ", the control socket of " +
                   (kubelet ? "the kubelet" : "a container runtime"),
               {{"socket", connect->dest}}, kubelet ? std::optional(Severity::high) : std::nullopt);
}

}  // namespace

Detector control_socket() {
  return {
      .rule =
          {.id = kId,
           .kind = RuleKind::hard,
           .severity = Severity::critical,
           .confidence = 0.85,
           .title = "Connection to a control socket",
           .description =
               "A program in a container connected to the unix socket of docker, containerd or one of its "
               "shims, CRI-O, podman, buildkit or the kubelet. Who can talk to it can start a container with "
               "the host's root in it. The socket is told by the name it was bound to, wherever it is "
               "mounted. "
               "Monitoring, build and device-plugin images do this by design: exclude them.",
           .next_step =
               "Stop the container unless it is meant to steer containers; list what was started on the node "
               "since. Take the socket out of its mounts.",
           .tactics = {"TA0004", "TA0002"},
           .techniques = {"T1611", "T1610"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
