// The store's own thread, so that the loop never waits for a disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "agent/core/mutex.h"
#include "agent/engine/saved_dns_names.h"
#include "agent/store/store.h"

namespace plimsoll {

class ProfileWriter {
 public:
  explicit ProfileWriter(ProfileStore& store, std::chrono::milliseconds retry = std::chrono::seconds(10));
  ~ProfileWriter();
  ProfileWriter(const ProfileWriter&) = delete;
  ProfileWriter& operator=(const ProfileWriter&) = delete;

  /// Takes a copy to write; a newer copy of the same profile replaces one that is still waiting.
  void save(Profile);
  /// The same of its file's removal.
  void remove(const Lineage&);
  /// Likewise; one that cannot be written is dropped, for the next comes soon.
  void save_names(SavedDnsNames);
  /// Waits until nothing is left to be written or every try has failed; at most `timeout`. False when
  /// something could not be written.
  bool flush(std::chrono::milliseconds timeout);

  /// Copies that wait are dropped: something newer than them has been read.
  void discard();
  /// A copy of this profile was handed over and is not written.
  [[nodiscard]] bool unwritten(const Lineage&) const;

  struct Health {
    std::uint64_t saved = 0, errors = 0;
    std::string last_error;  ///< empty while all is well
  };
  [[nodiscard]] Health health() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    std::optional<Profile> profile;  ///< none: its file is to be removed
    Clock::time_point not_before;
  };

  void run();
  /// Lets go of the mutex while it writes.
  void write_names() REQUIRES(mutex_);

  ProfileStore& store_;
  const std::chrono::milliseconds retry_;
  mutable Mutex mutex_;
  ConditionVariable work_, idle_;
  std::map<Lineage, Waiting> waiting_ GUARDED_BY(mutex_);
  std::optional<SavedDnsNames> dns_cache_ GUARDED_BY(mutex_);
  bool writing_ GUARDED_BY(mutex_) = false;
  bool stop_ GUARDED_BY(mutex_) = false;
  Health health_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace plimsoll
