#include "agent/sensor/hierarchy.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

constexpr std::string_view kHybrid =
    "30 23 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n"
    "31 30 0:27 / /sys/fs/cgroup/pids rw shared:9 - cgroup cgroup rw,pids\n"
    "32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct\n"
    "33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
constexpr std::string_view kControllers =
    "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t70\t1\npids\t8\t70\t1\nmemory\t0\t1\t1\n";

TEST(Hierarchy, PureVersionTwo) {
  const auto chosen =
      choose_hierarchy("29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n", "");
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->hierarchy.id, 0U);
  EXPECT_EQ(chosen->hierarchy.mount_point, "/sys/fs/cgroup");
}

TEST(Hierarchy, HybridTakesAController) {
  const auto chosen = choose_hierarchy(kHybrid, kControllers);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->hierarchy.id, 8U);  // memory is not mounted as v1 here, pids is
  EXPECT_EQ(chosen->hierarchy.mount_point, "/sys/fs/cgroup/pids");
  EXPECT_EQ(chosen->hierarchy.name, "pids");
}

TEST(Hierarchy, NothingMountedIsAnError) {
  const auto chosen = choose_hierarchy("23 1 0:5 / / rw - ext4 /dev/vda rw\n", "");
  ASSERT_FALSE(chosen);
  EXPECT_NE(chosen.error().message.find("no cgroup file system"), std::string::npos);
}

TEST(Hierarchy, SocketHooksAttachToVersionTwo) {
  EXPECT_EQ(find_cgroup2_mount(kHybrid), "/sys/fs/cgroup/unified");
  EXPECT_EQ(find_cgroup2_mount(""), "");
}

}  // namespace
}  // namespace plimsoll
