// drift.new_destination: a program connects to a destination that is new for it.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "drift.new_destination";

/// The destination, and how new it is.
std::string where(const Input& input, const ConnectObject& connect) {
  std::string to = destination(input, connect);
  if (const std::string phase = other_phase(input); !phase.empty()) {
    if (to.ends_with(',')) to.pop_back();
    return to + phase;
  }
  const bool by_address =
      connect.proto != "unix" && !is_name(connect.dest) && input.activity.evidence.address;
  // The profile knows classes of addresses, so the class is what is new.
  return to + (by_address ? "; it had never connected to " + class_of(connect) + " on this port"
                          : " for the first time");
}

std::vector<Finding> detect(const Input& input) {
  const auto* connect = object<ConnectObject>(input);
  if (connect == nullptr || kind_of(*connect, input.activity.evidence.address) != DestinationKind::ordinary ||
      !is_new(input))
    return {};
  const bool local = connect->proto == "unix";
  const auto& address = input.activity.evidence.address;
  return found(input, kId, subject(input) + " connected to " + where(input, *connect),
               {{"address", address && !local ? to_text(*address) : ""}},
               local ? std::optional(Severity::low) : std::nullopt);
}

}  // namespace

Detector new_destination() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::profile,
               .severity = Severity::medium,
               .of_release = true,
               .confidence = 0.5,
               .title = "Connection to a new destination",
               .description =
                   "A program connected, or tried to connect, to a DNS name, a class of address and port, "
                   "or a Unix socket that the profile does not know for it. The name is the one that the "
                   "container's resolver last gave for the address. Without a name, another host of a "
                   "known class on a known port is not seen. A Unix socket has low severity. Credentials "
                   "endpoints, control sockets and mining pools have rules of their own.",
               .next_step =
                   "Check the name, or the address in the evidence, and find its owner. If the service "
                   "has a new dependency, allow it in the profile.",
               .tactics = {"TA0011", "TA0010"},
               .techniques = {"T1071", "T1041"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
