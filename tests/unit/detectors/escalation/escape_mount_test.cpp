// Mounts of host and kernel file systems.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.escape_mount";

TEST(EscapeMount, SaysWhatWasMountedWhere) {
  EXPECT_EQ(message(kRule, mount("mount", "proc", "proc")),
            "nginx mounted proc on /mnt in a running container");
  EXPECT_EQ(message(kRule, mount("mount", "ext4", "/dev/vda1")),
            "nginx mounted ext4 from /dev/vda1 on /mnt in a running container");
  EXPECT_EQ(message(kRule, mount("fsopen", "ext4", "", "")),
            "nginx prepared a mount of ext4 (fsopen) in a running container");
  EXPECT_EQ(message(kRule, mount("fsconfig", "", "/dev/vda1", "")),
            "nginx prepared a mount of a device from /dev/vda1 (fsconfig) in a running container");
  EXPECT_EQ(message(kRule, mount("umount", "", "", "/proc/kcore")),
            "nginx removed the mount that masks /proc/kcore in a running container");
  EXPECT_EQ(message(kRule, mount("mount", "proc", "proc", "/mnt", Outcome::attempt)),
            "nginx may have mounted proc on /mnt in a running container");
}

TEST(EscapeMount, RemountToWritableOnly) {
  Activity a = mount("remount", "", "", "/sys/fs/cgroup");
  EXPECT_EQ(message(kRule, a), "nginx made /sys/fs/cgroup writable in a running container");
  a.evidence.flags = 1;  // MS_RDONLY
  EXPECT_EQ(message(kRule, a), "");
}

TEST(EscapeMount, AppliesWhateverTheProfileKnowsButNotInSetupNorOfWhatFailed) {
  const Activity a = mount("mount", "sysfs", "sysfs");
  EXPECT_NE(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, in_phase(Phase::setup, a)), "");
  EXPECT_EQ(message(kRule, mount("mount", "sysfs", "sysfs", "/mnt", Outcome::failed)), "");
}

TEST(EscapeMount, LeavesOtherMountsAlone) {
  EXPECT_EQ(message(kRule, mount("mount", "tmpfs")), "");
  EXPECT_EQ(message(kRule, mount("bind", "", "/etc")), "");
  EXPECT_EQ(message(kRule, mount("fsmount", "")), "");
}

}  // namespace
}  // namespace plimsoll::test
