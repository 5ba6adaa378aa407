// What a host offers the agent, read from /proc and /sys below a root that is passed in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plimsoll {

struct HostFacts {
  std::string kernel;        ///< release, "6.1.0-28-amd64"
  std::string architecture;  ///< "x86_64"
  bool btf = false;          ///< the kernel describes its own types
  std::string lockdown;      ///< none, integrity, confidentiality; "" when the kernel does not tell
  std::uint64_t effective_capabilities = 0;
  std::string cgroups;                ///< "v2", "v1", "hybrid" or "" when none is mounted
  std::string cgroup2_mount;          ///< where cgroup2 is mounted, if it is
  std::vector<std::string> runtimes;  ///< "docker (/run/docker)"
};

/// `root` is "" for the host itself. Leaves `architecture` to uname(2).
HostFacts read_host_facts(const std::string& root);

/// What a process may do, all of its threads taken together.
struct Confinement {
  std::uint64_t capabilities = 0;  ///< permitted to any of its threads
  bool no_new_privs = false;       ///< set for all of them
  bool calls_refused = false;      ///< all of them have a seccomp filter
};
/// `process`: "/proc/self". Nothing and false when it cannot be read.
Confinement read_confinement(const std::string& process);

/// Major and minor of a release; {0, 0} when it is none.
struct KernelVersion {
  int major_number = 0, minor_number = 0;
  auto operator<=>(const KernelVersion&) const = default;
};
KernelVersion kernel_version(const std::string& release);

constexpr KernelVersion kOldestKernel{5, 17};
constexpr KernelVersion kOldestTestedKernel{6, 1};

}  // namespace plimsoll
