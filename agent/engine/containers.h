// Which container a slot is: pending until named, then a container or the host, then removed. Holds what
// pending slots do meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/core/container.h"
#include "agent/core/event.h"
#include "agent/core/losses.h"
#include "agent/identity/resolver.h"

namespace plimsoll {

struct ProfileRecord;

/// A container under watch. One may have several slots: its cgroup in another place, or what it nested while
/// it was itself pending.
struct WatchedContainer {
  ContainerPtr container;
  WallNs started = 0;
  WallNs executed = 0;  ///< its first exec inside, of which the kernel side counts; 0: not known
  WallNs named = 0;     ///< when the kernel side got the end of its startup
  WallNs ended = 0;     ///< 0 while it has a cgroup
  std::vector<Slot> slots;
  ProfileRecord* profile = nullptr;
  std::uint64_t evaluated = 0;
  std::uint64_t alerts = 0;
  Losses lost_before;                 ///< events lost by its slots that are gone
  std::uint64_t losses_reported = 0;  ///< lost events that its profile already knows of
  std::map<std::string_view, std::string>
      of_all;  ///< ids of alerts that stand for more than one behaviour, by the rule
};
using WatchedContainerPtr = std::shared_ptr<WatchedContainer>;

/// Counts by hook and reason, for the metrics.
using LossCounts = std::map<std::pair<std::string, std::string>, std::uint64_t>;

class Containers {
 public:
  struct Limits {
    std::size_t events_per_slot = 4096;
    std::size_t events_in_all = 65536;
    std::size_t bytes_in_all = 64U << 20U;
    WallNs late_events = 30 * kNsPerSecond;  ///< how long a removed slot is kept
    WallNs departed =
        kNsPerSecond * 24 * 3600;        ///< likewise, when one of its tasks has left for another cgroup
    WallNs orphans = 10 * kNsPerSecond;  ///< how long events wait for the event of their cgroup's making
  };
  enum class State : std::uint8_t { pending, container, host };

  /// A cgroup whose container has to be found.
  struct ResolveRequest {
    Slot slot = 0;
    CgroupHint hint;
  };

  /// What follows from a slot's being settled.
  struct Resolved {
    WatchedContainerPtr watched;      ///< null when it is the host's
    bool appeared = false;            ///< the container was not known before
    std::vector<Slot> slots;          ///< this one and those nested in it, to be named or dismissed
    std::vector<ResolveRequest> ask;  ///< nested ones that must be found by themselves now
    std::vector<Activity> released;   ///< held events in the order of time
  };

  struct Gone {
    Slot slot = 0;
    WatchedContainerPtr watched;  ///< whose slot it was; null: no container's
  };

  /// What time has done.
  struct Passed {
    std::vector<Gone> gone;                  ///< to be forgotten
    std::vector<WatchedContainerPtr> ended;  ///< containers that have no slot any more
  };

  Containers() : Containers(Limits{}) {}
  explicit Containers(Limits limits) : limits_(limits) {}

  /// A new cgroup. Returns what to resolve: nothing when it is known, or waits for its parent; `settled` is
  /// filled when its parent has just become a container.
  std::vector<ResolveRequest> made(const CgroupMade&, Resolved& settled);
  /// A cgroup that was there before the agent.
  std::vector<ResolveRequest> adopted(Slot, const CgroupHint&, WallNs started);
  /// Null: no container. Ignored for a slot that is not pending.
  Resolved resolve(Slot, const ContainerPtr&);
  /// Returns what to resolve: a cgroup that was there before the agent, and is gone before anybody asked.
  std::vector<ResolveRequest> removed(const CgroupRemoved&);
  /// A task of this slot has left for a cgroup that is no container's: it outlives the slot's own cgroup.
  void departed(Slot);
  Passed pass(WallNs now);

  /// The container of a slot, null if it is none; `state` tells why.
  [[nodiscard]] const WatchedContainerPtr& find(Slot, State& state) const;
  /// Keeps an event of a pending slot, or counts it as lost. A slot never heard of becomes pending.
  void hold(Activity&&);
  void count_host(const std::string& hook) { ++host_[hook]; }

  /// Whether a container's slot ends with it.
  [[nodiscard]] bool ends(const CgroupRemoved&) const;
  /// All slots that are containers', as these began.
  [[nodiscard]] std::vector<Slot> named() const;
  /// When a slot's cgroup was removed; 0 while it is there. And whether one of its tasks has departed.
  [[nodiscard]] WallNs removed_at(Slot slot) const { return slots_.at(slot).removed; }
  [[nodiscard]] bool has_departed(Slot slot) const { return slots_.at(slot).departed; }
  /// Has a slot that is this cgroup's own?
  [[nodiscard]] bool knows(CgroupId) const;
  [[nodiscard]] std::vector<WatchedContainerPtr> all() const;
  /// Of these, and of lives before that still have a slot.
  [[nodiscard]] std::set<const ProfileRecord*> profiles() const;
  [[nodiscard]] std::size_t held() const { return held_; }
  [[nodiscard]] std::size_t pending() const { return pending_; }
  [[nodiscard]] const LossCounts& lost() const { return lost_; }
  /// Events lost here of the container's slots: to be added to those that the sensor lost.
  [[nodiscard]] Losses lost(const WatchedContainer&) const;
  /// Held events that turned out to be the host's, by hook.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& host() const { return host_; }

 private:
  struct Entry {
    State state = State::pending;
    bool announced = false;  ///< the event of its making has come
    CgroupHint hint;
    WallNs since = 0;
    WallNs removed = 0;  ///< 0 while the cgroup exists
    bool departed = false;
    Slot waits_for = 0;  ///< the pending parent
    WatchedContainerPtr watched;
    std::vector<Activity> held;
    std::size_t held_bytes = 0;
    Losses lost;
  };

  Entry& entry(Slot, WallNs now);
  void resolve_tree(Slot, const WatchedContainerPtr&, Resolved&);
  void note_end(WatchedContainer&) const;
  void lose(Entry&, const std::string& hook, const char* reason);
  void release(Entry&);

  Limits limits_;
  std::unordered_map<Slot, Entry> slots_;
  std::map<std::pair<std::string, std::string>, WatchedContainerPtr> by_id_;  ///< by runtime and id
  std::size_t held_ = 0, held_bytes_ = 0, pending_ = 0;
  LossCounts lost_;
  std::map<std::string, std::uint64_t> host_;
};

}  // namespace plimsoll
