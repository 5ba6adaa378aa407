// What a cgroup's path alone tells: whether it is a container's, whose, and its id.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/result.h"

namespace plimsoll {

struct PathMatch {
  std::string id;
  std::string runtime;  ///< docker, containerd, podman, runc, crun; empty when the path does not tell
};

/// The patterns that are built in, and the operator's.
class CgroupPatterns {
 public:
  /// ECMAScript regular expressions, found anywhere in the path; each has one group, which is the id.
  static Result<CgroupPatterns> make(const std::vector<std::string>& patterns);

  /// A container's own cgroup; what lies below it (a nested cgroup) or above it (a pod's, a slice) is none.
  [[nodiscard]] std::optional<PathMatch> match(std::string_view path) const;

 private:
  std::vector<std::regex> added_;
};

/// A unit of systemd's that never is a container by itself (ssh.service, user.slice, boot.mount ...).
bool is_host_unit(std::string_view path);

/// The cgroup's last component without what runtimes and systemd put around an id: "runc-web.scope" -> "web".
std::string_view bare_id(std::string_view path);

}  // namespace plimsoll
