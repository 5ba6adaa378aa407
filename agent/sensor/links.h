// What is attached, looked at again and again: root can detach a cgroup's program behind the agent's back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/descriptor.h"
#include "agent/core/mutex.h"
#include "agent/sensor/load.h"
#include "agent/sensor/pins.h"
#include "agent/sensor/programs.h"

namespace plimsoll {

/// What the file of the link with that number is called where links are kept; they sort by number.
std::string link_name(std::size_t number);

class Links {
 public:
  /// `cgroup2_path`: what the cgroup programs were attached to; the directory stays open, so that a later
  /// mount over it changes nothing. The programs must outlive this. `pins`: where the links are kept, if they
  /// are.
  Links(const Programs&, Attached, const std::string& cgroup2_path, std::optional<Pins> pins);
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;
  ~Links();

  /// As Sensor::verify(), from one thread at a time.
  std::vector<HookStatus> verify();
  /// From any thread.
  [[nodiscard]] std::vector<HookStatus> status() const;

 private:
  struct WatchedContainer {
    Link link;
    const LoadedProgram* program = nullptr;
    const PlannedProgram* row = nullptr;
    std::uint32_t program_id = 0;
    bool broken = false;  ///< as of the last look
    std::string pin;      ///< its name where it is kept
  };

  static std::string what_is_wrong(const WatchedContainer&);
  [[nodiscard]] std::string attach_again(WatchedContainer&) const;
  [[nodiscard]] Result<Link> attach_pinned(const WatchedContainer&, const Pins&) const;

  std::vector<WatchedContainer> watched_;
  int cgroup_fd_;
  std::optional<Pins> pins_;
  mutable Mutex mutex_;
  std::vector<HookStatus> status_ GUARDED_BY(mutex_);
};

}  // namespace plimsoll
