// containerd's content store: from an image's manifest to its config, which is the image's id.
#pragma once

#include <string>

#include "agent/identity/host_files.h"

namespace plimsoll {

struct ImageDigests {
  std::string manifest;  ///< of this host's platform
  std::string config;    ///< empty when a blob is missing
};

/// `root` is containerd's (/var/lib/containerd), `digest` a manifest's or an index's.
ImageDigests read_image_digests(const HostFiles&, const std::string& root, const std::string& digest);

}  // namespace plimsoll
