// What only containerd itself knows: a container's image, and an image's digest.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "agent/identity/host_files.h"

namespace plimsoll {

struct ContainerdContainer {
  std::string image;      ///< the reference that it was made from
  std::string image_ref;  ///< CRI: the config digest; else empty
  StringMap labels;
};

enum class NoAnswer : std::uint8_t {
  unknown,      ///< containerd has no such thing (any more)
  unavailable,  ///< no daemon, none in time, or a broken answer
};
template <typename T>
using Answer = std::expected<T, NoAnswer>;

class ContainerdMetadata {
 public:
  ContainerdMetadata() = default;
  ContainerdMetadata(const ContainerdMetadata&) = delete;
  ContainerdMetadata& operator=(const ContainerdMetadata&) = delete;
  virtual ~ContainerdMetadata() = default;
  // Each waits for at most 300 ms.
  [[nodiscard]] virtual Answer<ContainerdContainer> container(const std::string& name_space,
                                                              const std::string& id) const = 0;
  /// The manifest's (or index's) digest.
  [[nodiscard]] virtual Answer<std::string> image_digest(const std::string& name_space,
                                                         const std::string& image) const = 0;
  /// A name other than a digest for the image that `image`, a digest, is another name of.
  [[nodiscard]] virtual Answer<std::string> image_name(const std::string& name_space,
                                                       const std::string& image) const = 0;
  /// The image of a container that was made since this object was, even if it is gone by now; empty if not
  /// seen.
  [[nodiscard]] virtual std::string remembered_image(const std::string& name_space,
                                                     const std::string& id) const = 0;
};

/// Asks containerd's API on its socket, and follows its events on a thread of its own, so that a container
/// that is gone before it is asked for still has an image. A daemon that is not there is tried again every
/// second.
std::unique_ptr<ContainerdMetadata> connect_containerd(const std::string& socket);

}  // namespace plimsoll
