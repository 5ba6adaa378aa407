// drift.not_from_image: an executable runs that did not come with the image and is not in the profile.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "drift.not_from_image";

std::string_view why(Origin origin) {
  switch (origin) {
    case Origin::modified:
      return "whose contents are not the image's";
    case Origin::volume:
      return "which is on a volume, not in the image";
    case Origin::outside:
      return "which is outside the container's root file system";
    default:
      return "which is not in the image";
  }
}

std::vector<Finding> detect(const Input& input) {
  const auto* exec = object<ExecObject>(input);
  if (exec == nullptr || kind_of(*exec) != ExecKind::not_image || !is_new(input) || !took_effect(input))
    return {};
  return found(input, kId,
               subject(input) + " started " + shown(exec->path) + ", " + std::string{why(exec->origin)} +
                   other_phase(input),
               {{"called_as", input.activity.evidence.filename},
                {"path_in_profile", input.baseline.executes(exec->path) ? "yes" : ""}});
}

}  // namespace

Detector not_from_image() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::profile,
               .severity = Severity::high,
               .confidence = 0.9,
               .title = "Executable that is not from the image",
               .description =
                   "A program started from a file that was written or changed in the running container or "
                   "that is on a volume, and the profile does not know this. A file of the image that was "
                   "only copied up (by chown, for example) is not drift, nor is a file whose origin is "
                   "unknown.",
               .next_step =
                   "Find out which program wrote the file: the acting program and its ancestors are in "
                   "the alert. If the image is meant to build or download programs, allow the behaviour "
                   "in its profile.",
               .tactics = {"TA0002", "TA0011"},
               .techniques = {"T1105", "T1204.003"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
