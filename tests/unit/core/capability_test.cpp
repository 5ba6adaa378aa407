// Names of capabilities against the kernel's own numbers.
#include "agent/core/capability.h"

#include <gtest/gtest.h>
#include <linux/capability.h>

namespace plimsoll {
namespace {

TEST(CapabilityNames, AreTheKernelsAndSorted) {
  EXPECT_EQ(capability_names(0), "");
  EXPECT_EQ(capability_names(1ULL << CAP_SYS_ADMIN | 1ULL << CAP_NET_RAW), "cap_net_raw,cap_sys_admin");
  EXPECT_EQ(capability_names(1ULL << CAP_CHOWN), "cap_chown");
  EXPECT_EQ(capability_names(1ULL << CAP_SETPCAP), "cap_setpcap");
  EXPECT_EQ(capability_names(1ULL << CAP_MKNOD), "cap_mknod");
  EXPECT_EQ(capability_names(1ULL << CAP_CHECKPOINT_RESTORE), "cap_checkpoint_restore");
  EXPECT_EQ(capability_names(1ULL << 63U), "cap_63");
}

}  // namespace
}  // namespace plimsoll
