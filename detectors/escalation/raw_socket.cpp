// escalation.raw_socket: packet, vsock and raw sockets that the profile does not know.
#include "detectors/facts.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.raw_socket";

std::vector<Finding> detect(const Input& input) {
  const auto* socket = object<SocketObject>(input);
  if (socket == nullptr || !is_new(input) || !took_effect(input)) return {};
  if (socket->family != "packet" && socket->family != "vsock" && socket->type != "raw") return {};
  const std::string phase = other_phase(input);
  return found(input, kId,
               subject(input) + " " + verb(input, "opened") + " a " + shown(socket->family) +
                   " socket of type " + shown(socket->type) +
                   (phase.empty() ? " for the first time" : phase));
}

}  // namespace

Detector raw_socket() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::profile,
               .severity = Severity::medium,
               .confidence = 0.5,
               .title = "Packet, vsock or raw socket",
               .description =
                   "A program opened a packet, raw or vsock socket, and the profile does not know this. "
                   "Packet and raw sockets read and forge packets below TCP and UDP; a vsock reaches the "
                   "hypervisor. Sniffing, spoofing in the node's network and escapes from micro-VMs start "
                   "here, but so does an old ping.",
               .next_step = "If nothing in the image needs it, drop CAP_NET_RAW from the container.",
               .tactics = {"TA0006", "TA0007"},
               .techniques = {"T1040"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
