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
  const std::string what = deleted ? shown(exec->path) + ", whose file was already deleted"
                                   : shown(exec->path) + ", a program that exists only in memory";
  return found(input, kId, subject(input) + " started " + what,
               {{"called_as", input.activity.evidence.filename}},
               deleted ? std::optional(Severity::high) : std::nullopt);
}

}  // namespace

Detector fileless() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::hard,
               .severity = Severity::critical,
               .confidence = 0.9,
               .title = "Fileless execution",
               .description =
                   "A program started from an anonymous file in memory (memfd_create) or from a deleted "
                   "file, where no scan of the disk finds it. A deleted file has high severity: a program "
                   "that restarts itself after a package upgrade shows as one. Container runtimes start "
                   "themselves this way while they create a container; that is not counted, but a runtime "
                   "inside a container is.",
               .next_step =
                   "Save the evidence while it exists: copy /proc/PID/exe on the host, then stop the "
                   "container. The ancestors show the entry point.",
               .tactics = {"TA0005", "TA0002"},
               .techniques = {"T1620", "T1070.004"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
