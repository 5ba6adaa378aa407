// Other changes of mounts.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.mount";

TEST(Mount, EachOfItsOperations) {
  EXPECT_EQ(message(kRule, mount("mount", "tmpfs", "none")),
            "nginx changed the container's mounts: mount tmpfs from none on /mnt");
  EXPECT_EQ(message(kRule, mount("bind", "", "/etc")),
            "nginx changed the container's mounts: bind from /etc on /mnt");
  for (const char* op : {"remount", "move", "propagate", "umount", "pivot_root"}) {
    EXPECT_NE(message(kRule, mount(op, "")), "") << op;
  }
}

TEST(Mount, QuietWhenKnownRefusedInSetupOrAnotherRules) {
  const Activity a = mount("mount", "tmpfs");
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, in_phase(Phase::setup, a)), "");
  EXPECT_EQ(message(kRule, mount("mount", "tmpfs", "", "", Outcome::failed)), "");
  EXPECT_EQ(message(kRule, mount("mount", "proc")), "");
  EXPECT_EQ(message(kRule, mount("umount", "", "", "/sys")), "");
  EXPECT_EQ(message(kRule, mount("move_mount", "")), "");
}

}  // namespace
}  // namespace plimsoll::test
