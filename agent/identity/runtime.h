// One container runtime to ask: its files below its own directories.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/container.h"
#include "agent/identity/bundle.h"
#include "agent/identity/containerd_metadata.h"
#include "agent/identity/host_files.h"
#include "agent/identity/resolver.h"

namespace plimsoll {

/// What is asked: a cgroup, with what its path and its maker tell.
struct Query {
  std::string path;
  std::string id;  ///< from the path, a valid id; it may be another container's or nobody's
  bool matched =
      false;  ///< the path is a container's by its pattern; else whoever knows the id has to check the path
  std::string creator_cwd;
  std::string creator_comm;
  std::uint32_t creator_pid = 0;
  std::optional<Bundle> bundle;  ///< at creator_cwd
};

struct Found {
  Container container;
  /// False: this runtime's, but what is missing may be there soon; `container` is the best there is by now.
  bool settled = true;
  std::string resolv_conf;  ///< its /etc/resolv.conf on the host, where the query's bundle does not tell
};

class Runtime {
 public:
  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  virtual ~Runtime() = default;
  /// Nothing when the cgroup is none of this runtime's. Safe to call from several threads.
  [[nodiscard]] virtual std::optional<Found> find(const Query&) const = 0;
};

// Empty members of the configuration become the runtime's own defaults.
std::unique_ptr<Runtime> make_docker(const RuntimeConfig&, const HostFiles&);
std::string containerd_state(const RuntimeConfig&);
std::unique_ptr<Runtime> make_containerd(const RuntimeConfig&, const HostFiles&,
                                         std::unique_ptr<ContainerdMetadata>);
std::unique_ptr<Runtime> make_podman(const RuntimeConfig&, const HostFiles&);
/// runc and crun together: which of them made a bundle's container shows only by comparing.
std::unique_ptr<Runtime> make_oci_runtimes(const std::vector<RuntimeConfig>&, const HostFiles&,
                                           std::string proc_root);

}  // namespace plimsoll
