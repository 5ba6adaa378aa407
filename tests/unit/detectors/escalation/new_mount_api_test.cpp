// fsopen and related calls.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "escalation.new_mount_api";

TEST(NewMountApi, EachOfItsCalls) {
  for (const char* op : {"fsopen", "fsconfig", "fsmount", "open_tree", "move_mount", "mount_setattr"}) {
    EXPECT_EQ(message(kRule, mount(op, "")), std::string("nginx used the new mount API: ") + op + " on /mnt");
  }
}

TEST(NewMountApi, QuietWhenKnownRefusedInSetupOrAnotherRules) {
  const Activity a = mount("fsopen", "tmpfs");
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, in_phase(Phase::setup, a)), "");
  EXPECT_EQ(message(kRule, mount("fsopen", "tmpfs", "", "", Outcome::failed)), "");
  EXPECT_EQ(message(kRule, mount("fsopen", "proc")), "");
  EXPECT_EQ(message(kRule, mount("mount", "tmpfs")), "");
}

}  // namespace
}  // namespace plimsoll::test
