// cryptojacking.pool_connection: a connection to a port that mining pools use.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "cryptojacking.pool_connection";

std::vector<Finding> detect(const Input& input) {
  const auto* connect = object<ConnectObject>(input);
  if (connect == nullptr || kind_of(*connect, input.activity.evidence.address) != DestinationKind::pool ||
      !is_new(input))
    return {};
  const auto& address = input.activity.evidence.address;
  const std::string_view comma = destination(input, *connect).ends_with(',') ? "" : ",";
  return found(input, kId,
               subject(input) + " connected to " + destination(input, *connect) + std::string{comma} +
                   " a port that mining pools use" + other_phase(input),
               {{"address", address ? to_text(*address) : ""}, {"port", std::to_string(connect->port)}});
}

}  // namespace

Detector pool_connection() {
  return {.rule = {.id = kId,
                   .kind = RuleKind::profile,
                   .severity = Severity::high,
                   .confidence = 0.7,
                   .title = "Connection to a mining pool's port",
                   .description =
                       "A program connected, or tried to connect, over TCP to a port that mining pools use, "
                       "and the profile does not know this. Ports that other services use as well (4444, "
                       "5555, 7777) do not count within a private network. Pools on ports 80 and 443 are not "
                       "seen by this rule. The rule replaces drift.new_destination for these ports.",
                   .next_step =
                       "Check the address in the evidence and the container's CPU use. If it is one of your "
                       "services, allow it in the profile.",
                   .tactics = {"TA0040"},
                   .techniques = {"T1496"}},
          .detect = detect};
}

}  // namespace plimsoll::detectors
