// drift.new_destination: a connection to where this program never connected.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "drift.new_destination";

std::vector<Finding> detect(const Input& input) {
  const auto* connect = object<ConnectObject>(input);
  if (connect == nullptr || kind_of(*connect, input.activity.evidence.address) != DestinationKind::ordinary ||
      !is_new(input))
    return {};
  const bool local = connect->proto == "unix";
  const auto& address = input.activity.evidence.address;
  const std::string where = local ? "the socket " + shown(connect->dest)
                                  : shown(connect->dest) + " port " + std::to_string(connect->port) + " (" +
                                        shown(connect->proto) + ")";
  return found(input, kId,
               subject(input) + " connected to " + where + ", where it has never connected before" +
                   other_phase(input),
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
                   "A program connected, or tried to, to a name or a class of address and a port (or to a "
                   "unix socket) that the profile does not know for it. A destination has the name that "
                   "the container's resolver gave its address last; without one, another host of a known "
                   "class on a known port is not seen. Credential endpoints, control sockets and mining "
                   "pools have rules of their own.",
               .next_step =
                   "See the name, or the address in the evidence, and ask who owns it. If the service has a "
                   "new dependency, allow "
                   "it in the profile.",
               .tactics = {"TA0011", "TA0010"},
               .techniques = {"T1071", "T1041"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
