// Where profiles live.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/core/result.h"
#include "profiles/decisions.h"
#include "profiles/profile.h"

namespace plimsoll {

struct LoadedProfiles {
  std::vector<Profile> profiles;
  std::vector<Decisions> decisions;
  bool paused = false;        ///< learning is
  std::string names;          ///< as save_names() was given them
  std::vector<Error> errors;  ///< one for each file that could not be read whole; the file is left as it is
};

/// Safe to call from several threads.
class ProfileStore {
 public:
  ProfileStore() = default;
  ProfileStore(const ProfileStore&) = delete;
  ProfileStore& operator=(const ProfileStore&) = delete;
  virtual ~ProfileStore() = default;
  /// Reads all there is. What was read is remembered, so that save() can tell a person's edit from its own
  /// writing.
  virtual Result<LoadedProfiles> load() = 0;
  /// Atomic: after a crash the file is the old one or the new one, whole (temporary file, fsync, rename,
  /// fsync of the directory). A file that load() could not read is first moved aside, to NAME.broken-1 (or
  /// the next free number). A file that someone changed or put there since it was read or written is not
  /// overwritten: that is an error, until the agent starts again and reads it.
  virtual Result<void> save(const Profile&) = 0;
  /// Removes the profile's file. One that someone changed or put there since it was read or written, or
  /// that could not be read, stays and is an error; one that is gone is none. What was decided about the
  /// lineage stays.
  virtual Result<void> remove(const Lineage&) = 0;
  /// Reads what was decided about the lineage as it stands on disk, so that an edit by hand is not lost;
  /// changes it, and writes it, atomically as above. Returns what stands there now. A file that cannot be
  /// read is an error and stays as it is.
  virtual Result<Decisions> decide(const Lineage&, const std::function<void(Decisions&)>& change) = 0;
  /// Notes that learning is paused, or is not any more, so that an agent that starts knows.
  virtual Result<void> pause(bool paused) = 0;
  /// Keeps a text for the next start, atomically; the last one counts.
  virtual Result<void> save_names(const std::string& text) = 0;
  /// Where that profile is or would be, for messages.
  [[nodiscard]] virtual std::string where(const Profile&) const = 0;
  /// Likewise, what was decided about it.
  [[nodiscard]] virtual std::string where_decided(const Lineage&) const = 0;
};

/// A directory of TOML files, one a lineage, and one more where something was decided about it; made if
/// missing (0700). A file's name is a hash of the lineage; other names and temporary files are ignored,
/// symbolic links refused. One agent at a time: a second one gets an error, and so does a directory in which
/// other users may write.
Result<std::unique_ptr<ProfileStore>> open_directory_store(const std::string& directory);

}  // namespace plimsoll
