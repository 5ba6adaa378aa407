// What the doctor reads from a host, below a root of the test's own, and what it makes of it.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "agent/host/checks.h"
#include "agent/host/host_facts.h"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class HostFactsTest : public testing::Test {
 public:
  HostFactsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "doctor_test.XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~HostFactsTest() override { std::filesystem::remove_all(root_); }

 protected:
  void put(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  std::string root_;
};

TEST_F(HostFactsTest, AreReadBelowTheRoot) {
  put("/proc/sys/kernel/osrelease", "6.1.0-28-amd64\n");
  put("/proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n");
  put("/proc/self/mounts",
      "cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n");
  put("/sys/kernel/btf/vmlinux", "x");
  put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  put("/run/docker/x", "");
  const auto facts = read_host_facts(root_);
  EXPECT_EQ(facts.kernel, "6.1.0-28-amd64");
  EXPECT_TRUE(facts.btf);
  EXPECT_EQ(facts.lockdown, "integrity");
  EXPECT_EQ(facts.effective_capabilities, 0x1ffffffffffU);
  EXPECT_EQ(facts.cgroups, "hybrid");
  EXPECT_EQ(facts.cgroup2_mount, "/sys/fs/cgroup/unified");
  EXPECT_THAT(facts.runtimes, ElementsAre("docker (/run/docker)"));
}

TEST_F(HostFactsTest, AnEmptyHostHasNothing) {
  put("/sys/kernel/btf/vmlinux", "");
  const auto facts = read_host_facts(root_);
  EXPECT_FALSE(facts.btf);
  EXPECT_EQ(facts.cgroups, "");
  EXPECT_EQ(facts.lockdown, "");
  EXPECT_EQ(facts.effective_capabilities, 0U);
}

TEST_F(HostFactsTest, CgroupKinds) {
  put("/proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
  EXPECT_EQ(read_host_facts(root_).cgroups, "v2");
  put("/proc/self/mounts", "c /sys/fs/cgroup/cpu cgroup rw 0 0\n");
  EXPECT_EQ(read_host_facts(root_).cgroups, "v1");
}

HostFacts good() {
  return {.kernel = "6.18.0",
          .architecture = "x86_64",
          .btf = true,
          .lockdown = "integrity",
          .effective_capabilities = ~0ULL,
          .cgroups = "v2",
          .cgroup2_mount = "/sys/fs/cgroup",
          .runtimes = {"docker (/run/docker)"}};
}

Check check(const HostFacts& facts, const std::string& what) {
  for (auto& one : host_checks(facts)) {
    if (one.what == what) return one;
  }
  ADD_FAILURE() << "no check " << what;
  return {};
}

TEST(Checks, AGoodHostPassesThemAll) {
  for (const auto& one : host_checks(good()))
    EXPECT_EQ(one.state, CheckState::ok) << one.what << ": " << one.detail;
}

TEST(Checks, KernelsBelowTheFloorAreRefused) {
  auto facts = good();
  for (const auto* old : {"5.15.0-1", "4.19.0", "3.10", "x", ""}) {
    facts.kernel = old;
    EXPECT_EQ(check(facts, "kernel").state, CheckState::failed) << old;
    EXPECT_THAT(check(facts, "kernel").detail, HasSubstr("accepted: 5.17 and later"));
  }
  for (const auto* untested : {"5.17.0-1", "6.0.9"}) {
    facts.kernel = untested;
    EXPECT_EQ(check(facts, "kernel").state, CheckState::warning) << untested;
  }
  for (const auto* tested : {"6.1.0-28-amd64", "6.12.9", "6.18.44-x"}) {
    facts.kernel = tested;
    EXPECT_EQ(check(facts, "kernel").state, CheckState::ok) << tested;
  }
}

TEST(Checks, WhatIsMissingIsNamed) {
  auto facts = good();
  facts.btf = false;
  EXPECT_EQ(check(facts, "btf").state, CheckState::failed);
  EXPECT_THAT(check(facts, "btf").detail, HasSubstr("CONFIG_DEBUG_INFO_BTF"));

  facts = good();
  facts.lockdown = "confidentiality";
  EXPECT_EQ(check(facts, "lockdown").state, CheckState::failed);

  facts = good();
  facts.effective_capabilities = 0;
  EXPECT_EQ(check(facts, "capabilities").state, CheckState::failed);
  EXPECT_THAT(check(facts, "capabilities").detail, HasSubstr("cap_bpf, cap_perfmon, cap_net_admin"));
  facts.effective_capabilities = 1ULL << 21U;  // CAP_SYS_ADMIN
  EXPECT_EQ(check(facts, "capabilities").state, CheckState::warning);
  EXPECT_THAT(check(facts, "capabilities").detail, HasSubstr("missing: cap_sys_ptrace, cap_dac_read_search"));

  facts = good();
  facts.cgroups = "";
  EXPECT_EQ(check(facts, "cgroups").state, CheckState::failed);
  facts.cgroups = "v1";
  EXPECT_EQ(check(facts, "cgroups").state, CheckState::warning);
  facts.runtimes.clear();
  EXPECT_EQ(check(facts, "runtimes").state, CheckState::warning);
}

TEST(Checks, AHookIsEssentialOrABlindSpot) {
  const auto checks = hook_checks({
      {.hook = "exec",
       .way = "tp_btf/sched_process_exec",
       .attached = true,
       .error = "",
       .blind_to = "x races"},
      {.hook = "mount", .way = "fentry/path_mount", .attached = false, .error = "EPERM", .blind_to = ""},
      {.hook = "cgroup", .way = "", .attached = false, .error = "no way worked", .blind_to = ""},
      {.hook = "lifecycle", .way = "a", .attached = false, .error = "EPERM", .blind_to = ""},
      {.hook = "lifecycle", .way = "b", .attached = true, .error = "", .blind_to = ""},
  });
  ASSERT_EQ(checks.size(), 4U);
  EXPECT_EQ(checks[0].state, CheckState::ok);
  EXPECT_EQ(checks[0].detail, "tp_btf/sched_process_exec; limit: x races");
  EXPECT_EQ(checks[1].state, CheckState::warning);
  EXPECT_EQ(checks[1].detail, "blind; fentry/path_mount not attached: EPERM");
  EXPECT_EQ(checks[2].state, CheckState::failed);
  EXPECT_EQ(checks[2].detail, "blind; not attached: no way worked");
  EXPECT_EQ(checks[3].state, CheckState::warning) << "another way works";
  EXPECT_EQ(checks[3].detail, "b; a not attached: EPERM");
}

TEST(Checks, AHookThatSomebodyDetachedIsAWarningThoughItIsAttachedAgain) {
  const auto checks =
      hook_checks({{.hook = "connect", .way = "cgroup/connect4", .attached = true, .detached = 2}});
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].state, CheckState::warning);
  EXPECT_EQ(checks[0].detail, "cgroup/connect4; cgroup/connect4 was detached by somebody, times: 2");
}

TEST(Checks, AHookThatDidNotSeeTheSelfTestIsAWarningThoughItIsAttached) {
  const auto checks =
      hook_checks({{.hook = "connect", .way = "cgroup/connect4", .attached = true, .silent = true},
                   {.hook = "connect", .way = "cgroup/connect6", .attached = true, .silent = true}});
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].state, CheckState::warning);
  EXPECT_EQ(checks[0].detail, "cgroup/connect4, cgroup/connect6; did not see what the self-test did");
}

TEST(Checks, ABetterWayThatTheKernelRefusesIsNamed) {
  const auto checks = hook_checks(
      {{.hook = "setid", .way = "raw", .attached = true, .passed_over = "fexit: refused by the kernel"}});
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].state, CheckState::ok);
  EXPECT_EQ(checks[0].detail, "raw; instead of fexit: refused by the kernel");
}

}  // namespace
}  // namespace plimsoll
