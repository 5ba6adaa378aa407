// Which rule an act belongs to. Each act is of one kind, so rules that share a class of acts cannot both
// report the same fact.
#pragma once

#include <cstdint>

#include "detectors/detector.h"

namespace plimsoll::detectors {

/// What an executed file is to the image.
enum class ExecKind : std::uint8_t {
  fileless,   ///< in memory only, or deleted
  not_image,  ///< written, changed or mounted later
  ordinary,   ///< the image's own, or of unknown origin
};
ExecKind kind_of(const ExecObject&);

enum class MountKind : std::uint8_t {
  escape,   ///< a host's disk, a kernel file system, or an unmasking of /proc or /sys
  new_api,  ///< fsopen and related calls
  other,
};
/// `flags` are the call's own.
MountKind kind_of(const MountObject&, std::uint64_t flags);

enum class DestinationKind : std::uint8_t {
  control_socket,        ///< a container runtime's or kubelet's unix socket
  credentials_endpoint,  ///< instance metadata, ECS or pod-identity credentials, kubelet
  pool,                  ///< a port that mining pools use
  ordinary,
};
/// The address gives the class of a destination that is known by a name; without an address it is public.
DestinationKind kind_of(const ConnectObject&, const std::optional<Address>& = std::nullopt);

/// `types` names a namespace: unshare also parts mere tables of a process ("files", "fs", "sysvsem"), which
/// is harmless.
bool has_namespace(const NsObject&);

/// What an act gave its program beyond what it had.
struct Privilege {
  bool root = false;               ///< one of the four user ids is 0 now, and none was before
  std::uint64_t capabilities = 0;  ///< effective or permitted ones that are new, unless `root` explains them
};
Privilege gained(const Activity&);

}  // namespace plimsoll::detectors
