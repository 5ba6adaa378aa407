// What is asked for at the start, and what is kept.
#include "agent/host/capabilities.h"

#include <gtest/gtest.h>
#include <linux/capability.h>

#include "agent/core/capability.h"
#include "agent/host/checks.h"

namespace plimsoll {
namespace {

constexpr std::uint64_t bit(unsigned number) {
  return std::uint64_t{1} << number;
}

TEST(MissingCapabilities, SysAdminStandsInForWhatLoads) {
  EXPECT_EQ(missing_capabilities(0).essential, "cap_bpf, cap_perfmon, cap_net_admin");
  EXPECT_EQ(missing_capabilities(0).others, "cap_sys_ptrace, cap_dac_read_search");
  EXPECT_EQ(missing_capabilities(bit(CAP_SYS_ADMIN)).essential, "");
  EXPECT_EQ(missing_capabilities(bit(CAP_SYS_ADMIN)).others, "cap_sys_ptrace, cap_dac_read_search");
  EXPECT_EQ(missing_capabilities(bit(CAP_BPF) | bit(CAP_NET_ADMIN) | bit(CAP_SYS_PTRACE)).essential,
            "cap_perfmon");
}

TEST(NeededCapabilities, AreThoseOfTheKernelAndOfWhatThereIs) {
  const auto names = [](KernelVersion kernel, std::uint64_t held) {
    return capability_names(needed_capabilities(kernel, held));
  };
  constexpr std::uint64_t kAll = (1ULL << 41U) - 1;
  constexpr std::uint64_t kContainer =
      1ULL << CAP_SYS_ADMIN | 1ULL << CAP_SYS_PTRACE | 1ULL << CAP_DAC_READ_SEARCH;
  EXPECT_EQ(names({6, 1}, kAll), "cap_dac_read_search");
  EXPECT_EQ(names({5, 19}, kContainer), "cap_dac_read_search");
  EXPECT_EQ(names({5, 18}, kAll), "cap_bpf,cap_dac_read_search");
  EXPECT_EQ(names({5, 18}, kContainer), "cap_dac_read_search,cap_sys_admin");
  EXPECT_EQ(names({6, 1}, 0), "");
}

TEST(CheckStart, NamesWhatIsMissing) {
  HostFacts facts{.kernel = "6.1.0", .architecture = "x86_64", .effective_capabilities = bit(CAP_SYS_ADMIN)};
  EXPECT_TRUE(check_start(facts)) << "what is not essential does not keep the agent from starting";
  facts.effective_capabilities = bit(CAP_BPF);
  ASSERT_FALSE(check_start(facts));
  EXPECT_TRUE(
      check_start(facts).error().message.starts_with("missing privilege: cap_perfmon, cap_net_admin; "));
  facts.kernel = "5.15.0";
  ASSERT_FALSE(check_start(facts));
  EXPECT_EQ(check_start(facts).error().message, "kernel 5.15.0 on x86_64: too old; accepted: 5.17 and later");
}

}  // namespace
}  // namespace plimsoll
