// escalation.mount: any other change of mounts that the profile does not know.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.mount";

std::vector<Finding> detect(const Input& input) {
  const auto* mount = object<MountObject>(input);
  if (mount == nullptr || kind_of(*mount, input.activity.evidence.flags) != MountKind::other ||
      !is_new(input) || !took_effect(input)) {
    return {};
  }
  const std::string fs = mount->fs.empty() ? "" : " " + shown(mount->fs);
  const std::string source = mount->source.empty() ? "" : " from " + shown(mount->source);
  const std::string target = mount->target.empty() ? "" : " on " + shown(mount->target);
  return found(input, kId,
               subject(input) + " " + verb(input, "changed") +
                   " the container's mounts: " + shown(mount->op) + fs + source + target + other_phase(input),
               {{"fs", mount->fs}, {"source", mount->source}, {"target", mount->target}});
}

}  // namespace

Detector mount() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::profile,
               .severity = Severity::high,
               .confidence = 0.6,
               .title = "Change of mounts",
               .description =
                   "A running container mounted, bind-mounted, remounted, moved or unmounted something, "
                   "or changed its root, and the profile does not know this. Mounts of a host or kernel "
                   "file system belong to escalation.escape_mount, fsopen and related calls to "
                   "escalation.new_mount_api.",
               .next_step = "Find out why the container can mount at all: this needs CAP_SYS_ADMIN or a user "
                            "namespace.",
               .tactics = {"TA0004", "TA0005"},
               .techniques = {"T1611", "T1564"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
