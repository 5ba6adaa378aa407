// cgroup path -> container -> image, pod, task: from the runtimes' own files and sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/container.h"
#include "agent/core/result.h"

namespace plimsoll {

/// A runtime to ask, as `[identity] runtimes` gives it; empty members are the runtime's defaults.
///
/// For runc and crun `root` is no state but a limit: only bundles (the directories with config.json) below it
/// are theirs; empty is no limit. `state` is what their --root names.
struct RuntimeConfig {
  std::string kind;    ///< docker containerd podman runc crun
  std::string root;    ///< persistent state: /var/lib/docker, /var/lib/containerd ...
  std::string state;   ///< run-time state: /run/docker, /run/containerd, /run/runc ...
  std::string socket;  ///< where an API is asked (containerd); empty: the default below `state`
};

struct IdentityConfig {
  /// Empty: every kind, at its default places. Else these only: a cgroup that no runtime of the list knows is
  /// NotYet if its path is a container's by a pattern (and stays unnamed), and no container otherwise.
  std::vector<RuntimeConfig> runtimes;
  /// ECMAScript regular expressions with one group: the container's id.
  std::vector<std::string> cgroup_patterns;
  /// Prefix for every path on the host ("/host" in a daemonset without hostPath tricks).
  std::string host_root;
  /// Resolvers that every container believes, beside those of its own /etc/resolv.conf; answers over the
  /// loopback device (docker's 127.0.0.11) are believed only of these.
  std::vector<Address> resolvers;
  std::string proc_root = "/proc";  ///< of the host's pid namespace
};

/// What is known of a new cgroup when it has to be named.
struct CgroupHint {
  CgroupId cgroup;
  std::string path;         ///< within its hierarchy
  std::string creator_cwd;  ///< a bundle's directory if runc or crun made it; may be empty
  /// Tells runc from crun; may be empty. (Initialised for those who leave it out of a designated
  /// initializer.)
  std::string creator_comm = {};  // NOLINT(readability-redundant-member-init)
  /// Its command line has the id where the cgroup has another name; 0: not known.
  std::uint32_t creator_pid = 0;
};

struct NotAContainer {};
/// It looks like a container's, but its runtime does not know it, or not all of it, yet: ask again soon.
/// After some tries the caller takes `guess`: what is known so far, at least the id that the path tells
/// (unnamed = true while there is no image).
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
  /// Reads files and may ask containerd's socket: well under a millisecond for a host's cgroup, some
  /// milliseconds for a container, at most one second when a daemon hangs. Safe to call from several threads.
  /// Call it as soon as the cgroup is made: a short-lived container's files are gone soon after.
  [[nodiscard]] virtual Resolution resolve(const CgroupHint&) const = 0;
};

/// A container is: what a built-in pattern takes for one by its path; a cgroup made by a task standing in an
/// OCI bundle, if it is the one that the bundle's config.json names (not a parent of it); and what the state
/// of a runtime names by its path. A bare bundle's image is its annotation org.opencontainers.image.ref.name
/// or io.kubernetes.cri.image-name, else the absolute path of its root file system, so that containers from
/// one root file system share a profile.
///
/// Fails on a pattern that does not compile, an unknown kind, or a configured directory that cannot be read.
Result<std::unique_ptr<Resolver>> make_resolver(const IdentityConfig&);

/// A container's cgroup found on disk, for containers that were running before the agent.
struct FoundCgroup {
  CgroupHint hint;
  WallNs started =
      0;  ///< of its oldest process, which is the container's first; the directory's if it has none
};
/// Every directory below `mount_point` that a pattern or a runtime's state takes for a container's; not the
/// nested ones.
std::vector<FoundCgroup> find_container_cgroups(const Resolver&, const std::string& mount_point,
                                                std::uint32_t hierarchy);

}  // namespace plimsoll
