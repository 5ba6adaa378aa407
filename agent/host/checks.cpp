// What `plimsoll doctor` checks.
#include "agent/host/checks.h"

#include <array>
#include <set>

#include "agent/host/capabilities.h"

namespace plimsoll {
namespace {

std::string text(KernelVersion version) {
  return std::to_string(version.major_number) + "." + std::to_string(version.minor_number);
}

Check kernel_check(const HostFacts& facts) {
  const auto version = kernel_version(facts.kernel);
  const std::string found = facts.kernel + " on " + facts.architecture;
  if (version < kOldestKernel) {
    return {"kernel", CheckState::failed,
            found + ": too old; accepted: " + text(kOldestKernel) + " and later"};
  }
  if (version < kOldestTestedKernel) {
    return {"kernel", CheckState::warning,
            found + ": should work, but is not tested; tested: " + text(kOldestTestedKernel) + " and later"};
  }
  return {"kernel", CheckState::ok, found};
}

Check btf_check(const HostFacts& facts) {
  if (facts.btf) return {"btf", CheckState::ok, "/sys/kernel/btf/vmlinux"};
  return {"btf", CheckState::failed,
          "/sys/kernel/btf/vmlinux is missing or empty: the kernel was built without CONFIG_DEBUG_INFO_BTF; "
          "run a "
          "distribution's kernel that has it, or name a BTF file with `run --btf`"};
}

Check lockdown_check(const HostFacts& facts) {
  if (facts.lockdown == "confidentiality") {
    return {"lockdown", CheckState::failed,
            "confidentiality: BPF programs may not read kernel memory; boot with lockdown=integrity"};
  }
  return {"lockdown", CheckState::ok,
          facts.lockdown.empty() ? "not in this kernel, or not to be seen" : facts.lockdown};
}

Check capability_check(const HostFacts& facts) {
  const auto [essential, others] = missing_capabilities(facts.effective_capabilities);
  if (essential.empty() && others.empty()) return {"capabilities", CheckState::ok, "all that are needed"};
  const std::string both = essential.empty() || others.empty() ? "" : ", ";
  return {"capabilities", essential.empty() ? CheckState::warning : CheckState::failed,
          "missing: " + essential + both + others +
              "; run as root, or with cap_sys_admin, cap_sys_ptrace, cap_dac_read_search"};
}

Check cgroup_check(const HostFacts& facts) {
  if (facts.cgroups.empty()) {
    return {"cgroups", CheckState::failed, "none mounted: containers cannot be told apart"};
  }
  if (facts.cgroups == "v1") {
    return {"cgroups", CheckState::warning,
            "v1 only: connect and socket are hooked on cgroup2; mount it: mount -t cgroup2 none DIRECTORY"};
  }
  return {"cgroups", CheckState::ok, facts.cgroups + ", cgroup2 at " + facts.cgroup2_mount};
}

Check runtime_check(const HostFacts& facts) {
  std::string found;
  for (const auto& one : facts.runtimes) found += (found.empty() ? "" : ", ") + one;
  if (!found.empty()) return {"runtimes", CheckState::ok, found};
  return {"runtimes", CheckState::warning,
          "none found in the usual places; name yours in the configuration: [identity] runtimes"};
}

}  // namespace

std::vector<Check> host_checks(const HostFacts& facts) {
  return {kernel_check(facts),     btf_check(facts),    lockdown_check(facts),
          capability_check(facts), cgroup_check(facts), runtime_check(facts)};
}

Result<void> check_start(const HostFacts& facts) {
  if (const Check kernel = kernel_check(facts); kernel.state == CheckState::failed)
    return fail("kernel " + kernel.detail);
  if (const auto missing = missing_capabilities(facts.effective_capabilities).essential; !missing.empty()) {
    return fail("missing privilege: " + missing +
                "; run as root, or give these capabilities (cap_sys_admin stands in for all of them), with "
                "cap_sys_ptrace and cap_dac_read_search");
  }
  return {};
}

std::vector<Check> hook_checks(const std::vector<HookStatus>& hooks) {
  // Without these no event can be tied to a program and a container.
  static const std::set<std::string> kEssential{"exec", "lifecycle", "cgroup"};
  std::vector<Check> checks;
  std::set<std::string> done;
  for (const auto& first : hooks) {
    if (!done.insert(first.hook).second) continue;
    std::string ways, limits, missing;
    std::set<std::string> said;
    for (const auto& hook : hooks) {
      if (hook.hook != first.hook) continue;
      if (hook.detached > 0) {
        missing.append("; ").append(hook.way).append(" was detached by somebody, times: ");
        missing.append(std::to_string(hook.detached));
      }
      if (!hook.attached) {
        missing.append("; ").append(hook.way).append(hook.way.empty() ? "" : " ");
        missing.append("not attached: ").append(hook.error);
        continue;
      }
      if (!ways.empty()) ways += ", ";
      ways += hook.way;
      if (!hook.blind_to.empty() && said.insert(hook.blind_to).second)
        limits.append("; limit: ").append(hook.blind_to);
      if (!hook.passed_over.empty()) limits.append("; instead of ").append(hook.passed_over);
    }
    if (first.silent) missing.append("; did not see what the self-test did");
    auto state = missing.empty() ? CheckState::ok : CheckState::warning;
    if (ways.empty() && kEssential.contains(first.hook)) state = CheckState::failed;
    if (ways.empty()) ways = "blind";
    checks.push_back({"hook " + first.hook, state, ways.append(missing).append(limits)});
  }
  return checks;
}

}  // namespace plimsoll
