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
  // A device plugin has to talk to the kubelet; no container has to talk to the runtime.
  const bool kubelet = connect->dest.ends_with("kubelet.sock");
  return found(input, kId,
               subject(input) + " connected to " + shown(connect->dest) + ", the control socket of " +
                   (kubelet ? "the kubelet" : "a container runtime"),
               {{"socket", connect->dest}}, kubelet ? std::optional(Severity::high) : std::nullopt);
}

}  // namespace

Detector control_socket() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::hard,
               .severity = Severity::critical,
               .confidence = 0.85,
               .title = "Connection to a control socket",
               .description =
                   "A program in a container connected to the Unix socket of Docker, containerd or one of "
                   "its shims, CRI-O, Podman, BuildKit or the kubelet. Any program that can use such a "
                   "socket can start a container with the host's root file system in it. The socket is "
                   "recognised by the name it was bound to, wherever it is mounted. The kubelet's socket "
                   "has high severity, because device plugins need it. Images for monitoring, builds and "
                   "device plugins do this by design: exclude them.",
               .next_step = "Stop the container unless it is meant to manage containers. List the containers "
                            "started on the node since then. Remove the socket from the container's mounts.",
               .tactics = {"TA0004", "TA0002"},
               .techniques = {"T1611", "T1610"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
