// drift.release: a new image of a known lineage does something that earlier images did not.
#include "detectors/detector.h"
#include "detectors/facts.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "drift.release";

std::vector<Finding> detect(const Input& input) {
  if (input.brought == nullptr) return {};
  return found(input, kId,
               "release " + shown(input.container.image) +
                   " does something that earlier images did not: " + input.brought->message,
               {{"image_id", input.container.image_id}, {"rule", std::string{input.brought->rule}}});
}

}  // namespace

Detector release() {
  return {.rule = {.id = kId,
                   .kind = RuleKind::profile,
                   .stands_for = StandsFor::release,
                   .severity = Severity::medium,
                   .confidence = 0.1,
                   .title = "New behaviour of a release",
                   .description =
                       "An image that appeared while its lineage was stable executes something or connects "
                       "somewhere that no earlier image did. One alert per host covers everything that the "
                       "release brings, with the first finding as its behaviour. Behaviour seen for half a "
                       "day of the release's first two days is accepted from then on. Other rules, such as "
                       "drift.not_from_image, raise alerts as usual.",
                   .next_step =
                       "List the changes with `plimsoll profile diff REPOSITORY:OLD REPOSITORY:NEW` and "
                       "compare them with what the release was meant to change. If this was not meant, roll "
                       "the release back and remove what it brought with `plimsoll profile remove`.",
                   .tactics = {"TA0001"},
                   .techniques = {"T1195"}},
          .detect = detect};
}

}  // namespace plimsoll::detectors
