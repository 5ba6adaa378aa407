// escalation.new_mount_api: fsopen and related calls, which the profile does not know.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.new_mount_api";

std::vector<Finding> detect(const Input& input) {
  const auto* mount = object<MountObject>(input);
  if (mount == nullptr || kind_of(*mount, input.activity.evidence.flags) != MountKind::new_api ||
      !is_new(input) || !took_effect(input)) {
    return {};
  }
  const std::string target = mount->target.empty() ? "" : " on " + shown(mount->target);
  return found(input, kId,
               subject(input) + " " + verb(input, "used") + " the new mount API: " + shown(mount->op) +
                   target + other_phase(input),
               {{"fs", mount->fs}, {"source", mount->source}, {"target", mount->target}});
}

}  // namespace

Detector new_mount_api() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::profile,
               .severity = Severity::high,
               .confidence = 0.7,
               .title = "Use of the new mount API",
               .description =
                   "A running container called fsopen, fsconfig, fsmount, open_tree, move_mount or "
                   "mount_setattr, and the profile does not know this. Many tools do not monitor these "
                   "calls. Mounts of a host or kernel file system belong to escalation.escape_mount. "
                   "Recent versions of mount(8) use this API too.",
               .next_step =
                   "See what was mounted, where, and by which program. Few services mount anything at all.",
               .tactics = {"TA0004", "TA0005"},
               .techniques = {"T1611"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
