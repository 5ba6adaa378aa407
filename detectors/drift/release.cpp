// drift.release: a new image of a known lineage does what those before it did not.
#include "detectors/detector.h"
#include "detectors/facts.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "drift.release";

std::vector<Finding> detect(const Input& input) {
  if (input.brought == nullptr) return {};
  return found(input, kId,
               "the release " + shown(input.container.image) +
                   " does what the images before it did not: " + input.brought->message,
               {{"image_id", input.container.image_id}, {"rule", std::string{input.brought->rule}}});
}

}  // namespace

Detector release() {
  return {
      .rule =
          {.id = kId,
           .kind = RuleKind::profile,
           .stands_for = StandsFor::release,
           .severity = Severity::medium,
           .confidence = 0.1,
           .title = "A release that does something new",
           .description =
               "An image that began while its lineage was stable executes or connects to what no image "
               "before "
               "it did. All that it brings is one alert a host, with the first of it as its behaviour; what "
               "is "
               "seen for half a day of its first two days is believed from then on. Other rules, those for "
               "files that are not of the image among them, speak as ever.",
           .next_step =
               "List what changed with `plimsoll profile diff REPOSITORY:OLD REPOSITORY:NEW` and compare it "
               "with what the release was to change. If it was not to do this, take the release back, and "
               "`plimsoll profile remove` what it brought.",
           .tactics = {"TA0001"},
           .techniques = {"T1195"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
