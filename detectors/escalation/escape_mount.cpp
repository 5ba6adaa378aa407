// escalation.escape_mount: a container mounts the host's disks or the kernel's own file systems.
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.escape_mount";

std::string act(const Input& input, const MountObject& mount) {
  const std::string fs = mount.fs.empty() ? "a device" : shown(mount.fs);
  const std::string source = mount.source.starts_with('/') ? " from " + shown(mount.source) : "";
  const std::string target = mount.target.empty() ? "" : " on " + shown(mount.target);
  if (mount.op == "umount") return verb(input, "removed") + " the mount that masks " + shown(mount.target);
  if (mount.op == "remount") return verb(input, "made") + " " + shown(mount.target) + " writable";
  if (mount.op == "mount") return verb(input, "mounted") + " " + fs + source + target;
  return verb(input, "prepared") + " a mount of " + fs + source + " (" + shown(mount.op) + ")";
}

std::vector<Finding> detect(const Input& input) {
  const auto* mount = object<MountObject>(input);
  if (mount == nullptr || kind_of(*mount, input.activity.evidence.flags) != MountKind::escape ||
      !in_container(input) || !took_effect(input)) {
    return {};
  }
  return found(input, kId, subject(input) + " " + act(input, *mount) + " in a running container",
               {{"fs", mount->fs}, {"source", mount->source}, {"target", mount->target}});
}

}  // namespace

Detector escape_mount() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::hard,
               .severity = Severity::critical,
               .confidence = 0.9,
               .title = "Mount of a host or kernel file system",
               .description =
                   "A running container mounted a block device or a kernel file system (proc, sysfs, "
                   "cgroup, debugfs, bpf and the like), prepared such a mount with fsopen, or uncovered a "
                   "masked part of /proc or /sys. This is how a privileged container takes over the host. "
                   "Mounts that the runtime makes while it creates the container are not counted. A "
                   "container that runs containers or a sandbox does this by design: exclude its image.",
               .next_step =
                   "Treat the host as compromised until you know better: isolate the node, then find out "
                   "why the container has CAP_SYS_ADMIN.",
               .tactics = {"TA0004"},
               .techniques = {"T1611"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
