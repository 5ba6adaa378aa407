// What is attached, verified again and again: root can detach a cgroup's program behind the agent's back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/fd.h"
#include "agent/core/mutex.h"
#include "agent/sensor/attach/load.h"
#include "agent/sensor/attach/programs.h"
#include "agent/sensor/pinned/pins.h"

namespace plimsoll {

/// The name under which the link with that number is pinned; the names sort by number.
std::string link_name(std::size_t number);

class Links {
 public:
  /// `cgroup2_path`: what the cgroup programs were attached to; the directory stays open, so that a later
  /// mount over it changes nothing. The programs must outlive this. `pins`: where the links are pinned, if
  /// they are.
  Links(const Programs&, Attached, const std::string& cgroup2_path, std::optional<Pins> pins);
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;
  ~Links() = default;

  /// As Sensor::verify(), from one thread at a time.
  std::vector<HookStatus> verify();
  /// From any thread.
  [[nodiscard]] std::vector<HookStatus> status() const;

 private:
  struct WatchedLink {
    Link link;
    const LoadedProgram* program = nullptr;
    const PlannedProgram* row = nullptr;
    std::uint32_t program_id = 0;
    bool broken = false;  ///< as of the last look
    std::string pin;      ///< its name among the pins
  };

  static std::string what_is_wrong(const WatchedLink&);
  [[nodiscard]] std::string attach_again(WatchedLink&) const;
  [[nodiscard]] Result<Link> attach_pinned(const WatchedLink&, const Pins&) const;

  Fd cgroup_fd_;
  std::vector<WatchedLink> watched_;
  std::optional<Pins> pins_;
  mutable Mutex mutex_;
  std::vector<HookStatus> status_ GUARDED_BY(mutex_);
};

}  // namespace plimsoll
