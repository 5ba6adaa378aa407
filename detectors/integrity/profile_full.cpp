// integrity.profile_full: a profile is at its limits, so that what is new cannot be learned.
#include "detectors/detector.h"
#include "detectors/facts.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "integrity.profile_full";

std::vector<Finding> detect(const Input& input) {
  if (!input.full || !is_new(input)) return {};
  return found(input, kId,
               "the profile of " + shown(input.container.repository) +
                   " is at its limits: nothing more is learned, and all that is new is new, whether it is "
                   "usual or not");
}

}  // namespace

Detector profile_full() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::profile,
               .stands_for = StandsFor::profile,
               .severity = Severity::medium,
               .confidence = 0.3,
               .title = "A profile that can learn no more",
               .description =
                   "A profile holds so many behaviours at most. Who fills one does ever different things: "
                   "a program whose names follow no pattern, an image that many different programs share, "
                   "or somebody who wants an attack to be lost among alerts. Detection goes on with what "
                   "is known. One alert a profile and host; its count is what was seen and not known.",
               .next_step =
                   "Look at what fills it with `plimsoll profile show REPOSITORY`. Give programs that "
                   "share an image roles of their own, or `plimsoll profile forget` what was learned from "
                   "the container that did it; where an image is never twice the same, "
                   "exclude it from learning.",
               .tactics = {"TA0005"},
               .techniques = {"T1562"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
