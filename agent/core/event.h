// What the sensor hands on: events decoded from the kernel's wire format into owning, plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/behaviour.h"
#include "agent/core/clock.h"
#include "agent/core/container.h"
#include "agent/core/destination.h"
#include "agent/core/dns_reply.h"

namespace plimsoll {

/// A container as the kernel side counts them: one slot a container's cgroup, never used twice while programs
/// are loaded. Nested cgroups share their container's slot.
using Slot = std::uint32_t;

/// The verdict cache's exact key, opaque here; its bytes are defined in bpf/include/behaviour.h.
constexpr std::size_t kKeyBytes = 88;
using Key = std::array<std::byte, kKeyBytes>;

struct Credentials {
  std::uint32_t uid = 0, euid = 0, suid = 0, fsuid = 0;
  std::uint32_t gid = 0, egid = 0, sgid = 0, fsgid = 0;
  std::uint64_t effective = 0, permitted = 0, inheritable = 0, bounding = 0,
                ambient = 0;  ///< bit n: capability n
  std::uint32_t user_ns = 0;  ///< inode number
  auto operator<=>(const Credentials&) const = default;
};

struct Ancestor {
  std::uint32_t pid = 0;
  std::string exe;
  bool operator==(const Ancestor&) const = default;
};

struct Process {
  std::uint32_t pid = 0, tid = 0, ppid = 0;  ///< in the host's pid namespace
  std::uint64_t start_ns = 0;                ///< since boot
  std::string comm;
  std::string exe;                ///< the actor; for an exec: the program that was replaced
  std::vector<std::string> argv;  ///< of the running program; for an exec: of the new one
  bool argv_truncated = false;
  std::string cwd;
  Credentials before, creds;  ///< before and after the event; equal where it changed none
  std::uint32_t mnt_ns = 0, pid_ns = 0, net_ns = 0;
  std::vector<Ancestor> ancestors;  ///< nearest first, within the container
  bool operator==(const Process&) const = default;
};

enum class StdinKind : std::uint8_t { unknown, file, tty, pipe, socket, null };

/// What a hook knows beyond the behaviour. Detectors read it; profiles don't keep it.
struct Evidence {
  std::string filename;                       ///< exec: the name it was called by, whole
  StdinKind stdin_kind = StdinKind::unknown;  ///< exec: what file descriptor 0 is
  bool stdout_socket = false;                 ///< exec: file descriptor 1 or 2 is a socket
  bool secure_exec = false;                   ///< exec: AT_SECURE (set-uid, file capabilities)
  bool loader_variables = false;      ///< exec: LD_PRELOAD, LD_AUDIT or LD_LIBRARY_PATH in the environment
  bool actor_not_from_image = false;  ///< the acting program's own origin was not the image
  std::optional<Address> address;     ///< connect
  std::uint64_t flags = 0;            ///< mount, ns: the call's flags
  std::int64_t result = 0;            ///< the call's result where the outcome is known
  std::string syscall;     ///< the call that did it, "setresuid32"; empty for exec and socket hooks
  bool compat = false;     ///< a 32-bit call
  bool truncated = false;  ///< a path or name was longer than the kernel side carries
  bool operator==(const Evidence&) const = default;
};

/// Something a container did (or what its runtime did to set it up).
struct Activity {
  WallNs time = 0;
  Slot slot = 0;
  CgroupId cgroup;
  std::uint64_t since_start_ns = 0;  ///< since the container's first exec inside its root; 0 in setup
  std::string hook;                  ///< the hook's name as in the metrics: exec, setid, capset, mount ...
  Behaviour behaviour;
  Process process;
  Evidence evidence;
  Key key{};   ///< all zero: the verdict cache does not have it
  Key kind{};  ///< `key` without what neither profiles nor rules tell apart: of addresses only their class.
               ///< One verdict holds for all of a kind. All zero: for this one only.
  std::uint64_t lost_before = 0;  ///< events this container's slot had lost when this one was made
  bool operator==(const Activity&) const = default;
};

/// A cgroup was made. `slot` is pending until the agent names or dismisses it.
struct CgroupMade {
  WallNs time = 0;
  Slot slot = 0;
  Slot parent_slot = 0;  ///< the slot of the parent cgroup while that one is itself pending; else 0
  CgroupId cgroup;
  std::string path;         ///< within its hierarchy, "/docker/3f1c..."
  std::string creator_cwd;  ///< of the task that made it: for runc and crun the bundle's directory
  std::string creator_comm;
  std::uint32_t creator_pid = 0;
};

struct CgroupRemoved {
  WallNs time = 0;
  Slot slot = 0;
  CgroupId cgroup;
  std::string path;  ///< within its hierarchy
};

/// A task that had an identity was moved to another cgroup.
struct CgroupMoved {
  WallNs time = 0;
  Slot slot = 0;     ///< identity before
  Slot to_slot = 0;  ///< identity of the target; 0 when it is no container's (the identity sticks)
  CgroupId to;
  std::string to_path;
  std::uint32_t pid = 0;
  std::string comm;
  bool from_host = false;  ///< a host task was moved into a running container's cgroup
};

/// A program that had raised new behaviour ended.
struct TaskExited {
  WallNs time = 0;
  Slot slot = 0;
  std::uint32_t pid = 0;
  std::int32_t exit_code = 0;  ///< as wait(2) gives it
};

/// A resolver answered one of a slot's tasks; the same answer is emitted once a minute.
struct DnsAnswer {
  WallNs time = 0;
  Slot slot = 0;
  Address from{};         ///< whose answer it is
  bool loopback = false;  ///< it came over the loopback device: the container itself may have sent it
  DnsReply reply;         ///< without a name: it was not about a host's addresses
};

using KernelEvent = std::variant<Activity, CgroupMade, CgroupRemoved, CgroupMoved, TaskExited, DnsAnswer>;

/// One entry of the kernel's counts: how often a behaviour has been repeated without an event.
struct KeyCount {
  Key kind{};  ///< as Activity::kind
  Slot slot = 0;
  std::uint64_t more = 0;  ///< repeats since the counts were read last
  WallNs last_seen = 0;
  std::optional<Address> address;  ///< of a connect
};

}  // namespace plimsoll
