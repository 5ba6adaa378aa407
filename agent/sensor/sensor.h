// The kernel side, loaded and attached: events in, verdicts and counts out. The only user of the BPF
// skeleton.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/core/event.h"
#include "agent/core/losses.h"
#include "agent/core/result.h"

namespace plimsoll {

class SelfTest;

struct SensorOptions {
  std::string btf_path;  ///< kernel BTF to use; empty: the running kernel's /sys/kernel/btf/vmlinux
  /// cgroup2 mount point on which the socket hooks attach; empty: found in /proc/self/mounts.
  std::string cgroup2_path;
  std::uint64_t startup_phase_ns = 60'000'000'000ULL;  ///< of a slot that set_startup() says nothing of
  /// Runs seed_tasks()'s look at other processes, which takes CAP_SYS_PTRACE; empty: the caller's own thread.
  std::function<void(const std::function<void()>&)> privileged;
  std::uint32_t ring_bytes = 0;  ///< of each CPU's ring; 0: by the number of CPUs
  std::uint32_t urgent_bytes = 1U << 20U;
  std::chrono::milliseconds latency{20};  ///< how long new behaviour may wait in the kernel
  std::uint32_t events_per_container =
      5000;                                ///< new behaviours a second, and as many urgent ones; 0: no limit
  std::uint32_t cached_per_container = 0;  ///< behaviours in the verdict cache; 0: an eighth of it
  /// Of the attach plan's alternatives this one (fexit, kprobe, capable, lsm, raw); empty: the best
  /// of the first four: raw slows down every system call of the machine.
  std::string alternative;
  /// Run at intervals to verify that the hooks see; null: they are not verified. Outlives the sensor.
  const SelfTest* self_test = nullptr;
  std::chrono::seconds self_test_every{60};
  std::chrono::seconds self_test_patience{15};  ///< how long after a run its events may still arrive
  /// A folder in a BPF file system: what is pinned there outlives this process, and the next sensor takes it
  /// over. Empty: nothing is pinned.
  std::string pins;
};

/// Which programs watched before a sensor was opened.
enum class Predecessor : std::uint8_t {
  none,
  replaced,   ///< other programs, until this sensor's did: records of theirs that nobody had read count as
              ///< lost
  taken_over  ///< the same programs: nothing was missed
};

/// How a hook is attached, for `plimsoll doctor` and plimsoll_hook_attached.
struct HookStatus {
  std::string hook;  ///< its name in PL_HOOK_LIST (bpf/include/wire.h)
  std::string way;   ///< "fexit", "cgroup/connect4" ...
  bool attached = false;
  std::string error;           ///< why not, empty when attached
  std::string blind_to;        ///< what this way cannot see, empty if nothing is known
  std::string passed_over;     ///< better ways, and why the kernel does not take them
  std::uint64_t detached = 0;  ///< how often verify() found it detached by somebody else
  bool silent = false;         ///< of the hook: attached, but did not report the last run of the self-test
};

/// Why nothing is seen in this way now; empty when all is well.
inline std::string why_blind(const HookStatus& hook) {
  if (!hook.attached) return "not attached: " + hook.error;
  return hook.silent ? "attached, but did not see what the self-test did" : "";
}

struct HookCounters {
  std::uint64_t seen = 0, known = 0, emitted = 0;
  std::uint64_t uncached = 0;  ///< of the emitted: not remembered, for want of room in the verdict cache
  Losses lost;
};

/// A cgroup hierarchy in which containers are told apart: one for the life of a sensor.
struct Hierarchy {
  std::uint32_t id = 0;     ///< 0: cgroup v2
  std::string mount_point;  ///< where its directories can be listed
  std::string name;         ///< "unified", "memory", "pids" ...
};

class Sensor {
 public:
  Sensor() = default;
  Sensor(const Sensor&) = delete;
  Sensor& operator=(const Sensor&) = delete;
  virtual ~Sensor() = default;

  using Sink = std::function<void(KernelEvent)>;

  /// Waits up to `timeout` for events and passes each on, those that are there in the order in which the
  /// kernel made them. Called from one thread. Returns the number passed on.
  virtual Result<std::size_t> poll(std::chrono::milliseconds timeout, const Sink&) = 0;

  /// Which hierarchy cgroup ids are of.
  [[nodiscard]] virtual const Hierarchy& hierarchy() const = 0;

  // The rest may be called from another thread than poll().

  /// A cgroup that was there before the sensor: give it a slot. `started` is when the container began, wall
  /// time.
  virtual Result<Slot> adopt(CgroupId, WallNs started) = 0;
  /// After adopt(): gives the tasks already in adopted cgroups their identity.
  virtual Result<void> seed_tasks() = 0;
  /// How long the slot's startup lasts, from the container's first exec on. Before name() any length is
  /// accepted; after it, the length changes only while startup is not over: what is steady stays so. Pinned
  /// programs keep it.
  virtual Result<void> set_startup(Slot, std::int64_t lasts_ns) = 0;
  /// The slot is a container's, of an image with this epoch: its events are evaluated from now on.
  virtual Result<void> name(Slot, std::uint32_t epoch) = 0;
  /// The slot's cgroup is no container's: its tasks are the host's from now on.
  virtual Result<void> dismiss(Slot) = 0;
  /// The slot is gone and late events have been waited for: frees what the kernel side keeps for it.
  virtual Result<void> forget(Slot) = 0;
  /// The behaviours with these keys have a verdict (known, learned or alerted on): from now on they are only
  /// counted.
  virtual Result<void> set_known(std::span<const Key>) = 0;
  Result<void> set_known(const Key& key) { return set_known(std::span(&key, 1)); }
  /// Voids the verdicts of these keys: the next behaviour with each is reported.
  virtual Result<void> forget_verdicts(std::span<const Key>) = 0;
  /// Voids all verdicts of this slot: something was removed from its profile.
  virtual Result<void> set_epoch(Slot, std::uint32_t epoch) = 0;
  /// All counts that have grown since the last call.
  virtual Result<std::vector<KeyCount>> counts() = 0;

  /// Verifies that everything is still attached, and attaches again what is not. Returns the hooks that were
  /// found detached just now, and those that are attached again only now; `attached` says which. Also
  /// evaluates the self-test, and returns the hooks that have become silent, or report it again. Called from
  /// one thread, every few seconds.
  virtual std::vector<HookStatus> verify() = 0;

  [[nodiscard]] virtual std::vector<HookStatus> hooks() const = 0;
  /// Why the self-test does not run; empty while it does, or when none was given.
  [[nodiscard]] virtual std::string self_test_problem() const = 0;
  [[nodiscard]] virtual Predecessor predecessor() const = 0;
  /// Why pinned programs of this version and these settings could not be taken over, but were replaced; empty
  /// when they were taken over, and when there were none.
  [[nodiscard]] virtual std::string takeover_problem() const { return {}; }
  /// By hook name. seen = known + emitted + lost whenever nothing is in flight.
  [[nodiscard]] virtual std::map<std::string, HookCounters> counters() const = 0;
  /// Events lost by this slot, without the reasons that there were none for; nothing once it is gone.
  [[nodiscard]] virtual Losses lost(Slot) const = 0;
};

/// Ends what a sensor has pinned in that folder (SensorOptions::pins) while none is open. Returns how many
/// events nobody has read.
Result<std::uint64_t> end_pinned_sensor(const std::string& pins);

/// Loads and attaches. Errors name the privilege, the kernel feature or the file that is missing.
Result<std::unique_ptr<Sensor>> open_sensor(const SensorOptions&);

}  // namespace plimsoll
