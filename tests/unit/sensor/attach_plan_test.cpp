#include "agent/sensor/attach/attach_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace plimsoll {
namespace {

const PlannedProgram& row_of(std::string_view program) {
  return *std::ranges::find_if(attach_plan(),
                               [&](const PlannedProgram& row) { return belongs(program, row); });
}

TEST(AttachPlan, AStarStandsForAllThatBeginSo) {
  EXPECT_EQ(row_of("call_setuid_32").way, "fexit");
  EXPECT_EQ(row_of("on_sys_exit").alternative, "raw");
  EXPECT_EQ(row_of("capable_exit").alternative, "capable");
  EXPECT_EQ(row_of("probe_unix_entered").alternative, "kprobe");
  EXPECT_EQ(row_of("on_connect4").way, "cgroup/connect4");
  EXPECT_FALSE(belongs("on_connect46", row_of("on_connect4")));
}

TEST(AttachPlan, ALimitIsSaidOfTheHookThatHasIt) {
  const auto& raw = row_of("on_sys_exit");
  EXPECT_EQ(blind_to(raw, "setid"), "");
  EXPECT_THAT(blind_to(raw, "mount"), testing::HasSubstr("racing thread"));
  EXPECT_THAT(blind_to(raw, "connect"), testing::HasSubstr("io_uring"));
  EXPECT_EQ(blind_to(row_of("call_setuid"), "setid"), "calls that seccomp refuses");
  EXPECT_THAT(blind_to(row_of("call_setuid"), "mount"), testing::StartsWith("calls that seccomp refuses; "));
  EXPECT_THAT(blind_to(row_of("probe_call_returned"), "capset"), testing::EndsWith("as missed"));
}

TEST(AttachPlan, TheWayByCapabilitiesSaysWhatItCannotSee) {
  const auto& row = row_of("capable_asked");
  EXPECT_THAT(blind_to(row, "setid"), testing::HasSubstr("among the real, effective and saved ids"));
  EXPECT_THAT(blind_to(row, "ns"), testing::HasSubstr("user namespace"));
  EXPECT_THAT(blind_to(row, "mount"), testing::HasSubstr("fsconfig"));
  EXPECT_THAT(blind_to(row, "socket"), testing::HasSubstr("vsock"));
  EXPECT_EQ(row_of("on_connect_unix").only_with, "capable");
}

TEST(AttachPlan, TheWayBySecurityModulesSaysWhatItCannotSee) {
  const auto& row = row_of("lsm_setuid");
  EXPECT_THAT(blind_to(row, "setid"), testing::HasSubstr("taken as given"));
  EXPECT_THAT(blind_to(row, "ns"), testing::HasSubstr("setns(2)"));
  EXPECT_THAT(blind_to(row, "mount"), testing::HasSubstr("fsopen(2)"));
  EXPECT_THAT(blind_to(row, "connect"), testing::HasSubstr("other name"));
}

TEST(AttachPlan, MissedRunsAreOfAHook) {
  EXPECT_EQ(hook_of("call_mount_setattr_32"), "mount");
  EXPECT_EQ(hook_of("call_setuid16_32"), "setid");
  EXPECT_EQ(hook_of("call_setns"), "ns");
  EXPECT_EQ(hook_of("call_umount"), "mount");
  EXPECT_EQ(hook_of("call_capset"), "capset");
  EXPECT_EQ(hook_of("call_socketcall_32"), "socket");
  EXPECT_EQ(hook_of("call_unix_dgram"), "connect");
  EXPECT_EQ(hook_of("lsm_move_mount"), "mount");
  EXPECT_EQ(hook_of("lsm_sock_create"), "socket");
  EXPECT_EQ(hook_of("lsm_unix_connect"), "connect");
  EXPECT_EQ(hook_of("on_exec"), "exec");
  EXPECT_EQ(hook_of("find_host_root"), "");
  EXPECT_EQ(hook_of("probe_call_returned"), "") << "counts what it missed itself";
}

TEST(AttachPlan, OnlyCallsThatAKernelMayNotHaveAreLeftOutSilently) {
  EXPECT_TRUE(may_lack_target("call_setuid16_32"));
  EXPECT_TRUE(may_lack_target("call_open_tree_attr"));
  EXPECT_FALSE(may_lack_target("call_setuid"));
  EXPECT_FALSE(may_lack_target("call_unix_stream"));
}

TEST(AttachPlan, AlternativesOfAFamilyCanBeTriedAndNamed) {
  for (const auto& row : attach_plan()) {
    EXPECT_EQ(row.family == Family::none, row.probe.empty()) << row.program;
    EXPECT_EQ(row.family == Family::none, row.alternative.empty()) << row.program;
    EXPECT_TRUE(row.probe.empty() || belongs(row.probe, row)) << row.probe;
  }
}

}  // namespace
}  // namespace plimsoll
