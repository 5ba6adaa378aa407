// The store's own thread, so that the loop never waits for a disk.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/store/store.h"
#include "profiles/key.h"

namespace plimsoll {

/// Never writes over a file that somebody else has changed, made or removed since it was last read or written
/// here: an operator's edit waits for the reload. (The store's `where` names the file.)
class Saver {
 public:
  explicit Saver(ProfileStore& store, std::chrono::milliseconds retry = std::chrono::seconds(10));
  ~Saver();
  Saver(const Saver&) = delete;
  Saver& operator=(const Saver&) = delete;

  /// Takes a copy to write; a newer copy of the same profile replaces one that is still waiting.
  void save(Profile);
  /// Waits until nothing is left to be written or every try has failed; at most `timeout`. False when
  /// something could not be written.
  bool flush(std::chrono::milliseconds timeout);

  /// What is on disk now is what the caller works with from here on; copies that wait are dropped.
  void noted(const std::vector<Profile>& on_disk);
  /// A copy of this profile was handed over and is not written.
  [[nodiscard]] bool unwritten(const ProfileKey&) const;

  struct Health {
    std::uint64_t saved = 0, errors = 0;
    std::string last_error;  ///< empty while all is well
  };
  [[nodiscard]] Health health() const;

 private:
  using Clock = std::chrono::steady_clock;
  using FileTime = std::optional<std::filesystem::file_time_type>;  ///< nothing: there is no such file
  struct Waiting {
    Profile profile;
    Clock::time_point not_before;
  };

  void run();
  Result<void> write(const Profile&, const FileTime& expected);
  [[nodiscard]] FileTime file_time(const Profile&) const;

  ProfileStore& store_;
  const std::chrono::milliseconds retry_;
  mutable std::mutex mutex_;
  std::condition_variable work_, idle_;
  std::map<ProfileKey, Waiting> waiting_;
  std::map<ProfileKey, FileTime> seen_;  ///< as last read or written here
  bool writing_ = false, stop_ = false;
  Health health_;
  std::thread thread_;
};

}  // namespace plimsoll
