// integrity.profile_full: a profile is full, so that new behaviour cannot be learned.
#include "detectors/detector.h"
#include "detectors/facts.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "integrity.profile_full";

std::vector<Finding> detect(const Input& input) {
  if (!input.full || !is_new(input)) return {};
  return found(input, kId,
               "the profile of " + shown(input.container.repository) +
                   " is full: new behaviour can no longer be learned, whether it is usual or not");
}

}  // namespace

Detector profile_full() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::profile,
               .stands_for = StandsFor::profile,
               .severity = Severity::medium,
               .confidence = 0.3,
               .title = "Profile is full",
               .description =
                   "A profile has reached its limit of behaviours, so that new behaviour can no longer be "
                   "learned. The cause is a program whose file names follow no pattern, an image that "
                   "many different programs share, or an attacker who wants to hide among alerts. "
                   "Detection continues with what is known. There is one alert per profile and host; its "
                   "count is the number of unknown behaviours seen.",
               .next_step =
                   "See what fills it with `plimsoll profile show REPOSITORY`. Give programs that share "
                   "an image roles of their own, or use `plimsoll profile forget` on what was learned "
                   "from the container that caused it. Exclude an image from learning if it never does "
                   "the same thing twice.",
               .tactics = {"TA0005"},
               .techniques = {"T1562"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
