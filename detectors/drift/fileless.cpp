// drift.fileless: a program runs that has no file.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "drift.fileless";

std::vector<Finding> detect(const Input& input) {
  const auto* exec = object<ExecObject>(input);
  if (exec == nullptr || kind_of(*exec) != ExecKind::fileless || !in_container(input) ||
      !took_effect(input)) {
    return {};
  }
  const bool deleted = exec->origin == Origin::deleted;
  const std::string what = deleted ? shown(exec->path) + ", whose file had been deleted"
                                   : "a program that exists only in memory, " + shown(exec->path);
  return found(input, kId, subject(input) + " started " + what,
               {{"called_as", input.activity.evidence.filename}},
               deleted ? std::optional(Severity::high) : std::nullopt);
}

}  // namespace

Detector fileless() {
  return {
      .rule =
          {.id = kId,
           .kind = RuleKind::hard,
           .severity = Severity::critical,
           .confidence = 0.9,
           .title = "Fileless execution",
           .description =
               "A program was started from an anonymous file in memory (memfd_create) or from a file that "
               "had "
               "been deleted, so that no scan of the disk finds it. Container runtimes do this to themselves "
               "while they set a container up; that is not counted, but a runtime that runs inside a "
               "container "
               "is. A program that starts itself again after a package upgrade shows as deleted.",
           .next_step =
               "Keep the evidence while it exists: copy /proc/PID/exe on the host, then stop the container. "
               "Look at the ancestors for the way in.",
           .tactics = {"TA0005", "TA0002"},
           .techniques = {"T1620", "T1070.004"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
