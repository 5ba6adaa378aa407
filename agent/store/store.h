// Where profiles live.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/core/result.h"
#include "profiles/profile.h"

namespace plimsoll {

struct LoadedProfiles {
  std::vector<Profile> profiles;
  std::vector<Error> errors;  ///< one for each file that could not be read whole; the file is left as it is
};

class ProfileStore {
 public:
  ProfileStore() = default;
  ProfileStore(const ProfileStore&) = delete;
  ProfileStore& operator=(const ProfileStore&) = delete;
  virtual ~ProfileStore() = default;
  [[nodiscard]] virtual Result<LoadedProfiles> load() const = 0;
  /// Atomic: after a crash the file is the old one or the new one, whole (temporary file, fsync, rename, fsync of the
  /// directory).
  virtual Result<void> save(const Profile&) = 0;
  /// Where that profile is or would be, for messages.
  [[nodiscard]] virtual std::string where(const Profile&) const = 0;
};

/// A directory of TOML files, one an image; made if missing (0700). A file's name is a hash of the profile's key.
Result<std::unique_ptr<ProfileStore>> open_directory_store(const std::string& directory);

}  // namespace plimsoll
