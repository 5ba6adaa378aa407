#include "agent/host/capabilities.h"

#include <linux/capability.h>

#include <array>

#include "agent/core/capability.h"

namespace plimsoll {
namespace {

struct CapabilityNeed {
  unsigned number = 0;
  bool essential = false;     ///< nothing can be loaded without; CAP_SYS_ADMIN stands in for it
  KernelVersion kept_before;  ///< older kernels ask a started agent for it, too
};

constexpr KernelVersion kNever{}, kAlways{1'000'000, 0};
// Since 5.19 the kernel lets whoever holds a map's, a program's or a link's descriptor use it, whatever
// kernel.unprivileged_bpf_disabled says; older ones ask for CAP_BPF. To attach a loaded program to a cgroup
// again takes no capability.
constexpr KernelVersion kDescriptorsSuffice{5, 19};

constexpr std::array kNeeds{
    CapabilityNeed{CAP_BPF, true, kDescriptorsSuffice},
    CapabilityNeed{CAP_PERFMON, true, kNever},
    CapabilityNeed{CAP_NET_ADMIN, true, kNever},
    // To see what ran in containers before the agent (/proc/PID/exe).
    CapabilityNeed{CAP_SYS_PTRACE, false, kNever},
    // Runtimes' files that are not root's: rootless podman's, and docker's with remapped user ids.
    CapabilityNeed{CAP_DAC_READ_SEARCH, false, kAlways},
};

bool has(std::uint64_t mask, unsigned number) {
  return (mask >> number & 1U) != 0;
}

}  // namespace

MissingCapabilities missing_capabilities(std::uint64_t held) {
  MissingCapabilities missing;
  for (const auto& need : kNeeds) {
    if (has(held, need.number) || (need.essential && has(held, CAP_SYS_ADMIN))) continue;
    std::string& names = need.essential ? missing.essential : missing.others;
    names += (names.empty() ? "" : ", ") + capability_name(need.number);
  }
  return missing;
}

std::uint64_t needed_capabilities(KernelVersion kernel, std::uint64_t held) {
  std::uint64_t mask = 0;
  for (const auto& need : kNeeds) {
    if (kernel >= need.kept_before) continue;
    const unsigned number = need.essential && !has(held, need.number) ? CAP_SYS_ADMIN : need.number;
    if (has(held, number)) mask |= std::uint64_t{1} << number;
  }
  return mask;
}

}  // namespace plimsoll
