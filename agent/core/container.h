// Which container it is. Filled by agent/identity from the runtimes' own files; passed about by shared
// pointer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/core/clock.h"
#include "agent/core/destination.h"

namespace plimsoll {

/// A cgroup as the kernel names it: the hierarchy's id (0 is cgroup v2) and the id within it.
struct CgroupId {
  std::uint32_t hierarchy = 0;
  std::uint64_t id = 0;
  auto operator<=>(const CgroupId&) const = default;
};

struct Container {
  std::string id;          ///< the runtime's id
  std::string name;        ///< docker: without the slash; CRI: container name; bare runc: the id
  std::string role;        ///< container's name in its pod or ECS task definition, else "default"
  std::string runtime;     ///< docker, containerd, podman, runc, crun
  std::string image;       ///< as the runtime names it, tag included
  std::string repository;  ///< `image` without tag and digest; what profiles and metrics are keyed by
  std::string image_id;    ///< config digest "sha256:..." where the runtime's files tell, else empty
  std::string manifest;    ///< manifest digest where known, else empty
  std::string pod, pod_namespace, pod_uid;
  std::string ecs_cluster, ecs_task, ecs_family, ecs_revision;
  std::string
      rootfs;  ///< the root file system's path on the host, for reading setup-phase paths; may be empty
  std::string cgroup_path;
  std::vector<Address> resolvers;  ///< name servers of its /etc/resolv.conf, as it was when it was found
  bool sandbox = false;            ///< a pod's pause container
  /// Could not be named: matched a container's cgroup pattern, but no runtime knew it in time. `id` is from
  /// the path, `repository` is "unknown".
  bool unnamed = false;
  bool operator==(const Container&) const = default;
};

using ContainerPtr = std::shared_ptr<const Container>;

}  // namespace plimsoll
