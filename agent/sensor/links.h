// What is attached, looked at again and again: root can detach a cgroup's program behind the agent's back.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "agent/sensor/load.h"

namespace plimsoll {

class Links {
 public:
  /// `cgroup2_path`: what the cgroup programs were attached to; the directory stays open, so that a later
  /// mount over it changes nothing. The programs must outlive this.
  Links(plimsoll_bpf&, Attached, const std::string& cgroup2_path);
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;
  ~Links();

  /// As Sensor::verify(), from one thread at a time.
  std::vector<HookStatus> verify();
  /// From any thread.
  [[nodiscard]] std::vector<HookStatus> status() const;

 private:
  struct Watched {
    Link link;
    bpf_program* program = nullptr;
    const PlannedProgram* row = nullptr;
    std::uint32_t program_id = 0;
    bool broken = false;  ///< as of the last look
  };

  static std::string what_is_wrong(const Watched&);
  [[nodiscard]] std::string attach_again(Watched&) const;

  std::vector<Watched> watched_;
  int cgroup_fd_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<HookStatus> status_;
};

}  // namespace plimsoll
