// cgroup path -> container -> image, pod, task: from the runtimes' own files and sockets.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/container.h"
#include "agent/core/result.h"

namespace plimsoll {

/// A runtime to ask, as `[identity] runtimes` gives it; empty members are the runtime's defaults.
struct RuntimeConfig {
  std::string kind;    ///< docker containerd podman runc crun
  std::string root;    ///< persistent state: /var/lib/docker, /var/lib/containerd ...
  std::string state;   ///< run-time state: /run/docker, /run/containerd, /run/runc ...
  std::string socket;  ///< where an API is asked (containerd); empty: the default below `state`
};

struct IdentityConfig {
  std::vector<RuntimeConfig> runtimes;       ///< empty: the defaults of every kind that exist on this host
  std::vector<std::string> cgroup_patterns;  ///< ECMAScript regular expressions with one group: the container's id
  std::string host_root;  ///< prefix for every path on the host ("/host" in a daemonset without hostPath tricks)
};

/// What is known of a new cgroup when it has to be named.
struct CgroupHint {
  CgroupId cgroup;
  std::string path;         ///< within its hierarchy
  std::string creator_cwd;  ///< a bundle's directory if runc or crun made it; may be empty
};

struct NotAContainer {};
/// It looks like a container's, but no runtime knows it (yet): ask again soon. After some tries the caller takes
/// `guess`, which has what the path alone tells (unnamed = true).
struct NotYet {
  ContainerPtr guess;
};
using Resolution = std::variant<NotAContainer, NotYet, ContainerPtr>;

class Resolver {
 public:
  Resolver() = default;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  virtual ~Resolver() = default;
  /// Reads files and may ask sockets: some milliseconds, at most one second. Safe to call from several threads.
  [[nodiscard]] virtual Resolution resolve(const CgroupHint&) const = 0;
};

/// Fails on a pattern that does not compile, an unknown kind, or a configured directory that cannot be read.
Result<std::unique_ptr<Resolver>> make_resolver(const IdentityConfig&);

/// A container's cgroup found on disk, for containers that were running before the agent.
struct FoundCgroup {
  CgroupHint hint;
  WallNs started = 0;  ///< the directory's time of making
};
/// Every directory below `mount_point` that a pattern or a runtime's state takes for a container's; not the nested ones.
std::vector<FoundCgroup> find_container_cgroups(const Resolver&, const std::string& mount_point,
                                                std::uint32_t hierarchy);

}  // namespace plimsoll
