// The names by which containers know addresses, from what their resolvers answered.
//
// A name holds for its TTL, for an hour at least (programs keep addresses longer than they should), for a day
// at most, and on for an hour after each use. Only resolvers that the container is configured with are
// believed: those of its /etc/resolv.conf as it stood when the container was found, unless the answer came
// over the loopback device, where any of its own processes may have sent it; and those that the configuration
// names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/core/container.h"
#include "agent/core/event.h"
#include "agent/engine/saved_dns_names.h"

namespace plimsoll {

struct DnsCacheCounts {
  std::uint64_t used = 0, not_believed = 0;  ///< answers
  std::uint64_t displaced = 0;               ///< addresses that lost their names for want of room
  std::size_t addresses = 0;                 ///< that have a name now
};

class DnsCache {
 public:
  struct Limits {
    std::size_t of_slot = 1024;  ///< addresses; more push out the oldest of their slot
    std::size_t in_all = 65536;  ///< beyond that a slot's oldest go, too
  };

  /// `trusted`: resolvers that every container believes.
  explicit DnsCache(std::vector<Address> trusted) : DnsCache(std::move(trusted), Limits{}) {}
  DnsCache(std::vector<Address> trusted, Limits limits) : trusted_(std::move(trusted)), limits_(limits) {}

  // These return keys that were evaluated by what an address was called until now: they are to be evaluated
  // again.

  /// `container`: null while nobody knows whose the slot is; then it is asked for later.
  std::vector<Key> learn(const DnsAnswer&, const Container* container);
  /// What has not been used for too long.
  std::vector<Key> expire(WallNs now);

  /// Gives a connect to a private or public address the name "dns:NAME" for its destination, if there is one,
  /// and makes its kind one of that name.
  void apply(Activity&, const Container&);
  /// Likewise the kind of a count, whose address has been used.
  void apply(KeyCount&, const Container&);

  void forget(const std::unordered_set<Slot>&);

  /// The names that the slot's container resolved while another agent watched; what has expired since is left
  /// out.
  void restore(Slot, const std::vector<SavedDnsName>&, WallNs now);
  [[nodiscard]] std::vector<SavedDnsName> kept(Slot) const;
  /// Counts what kept() would say otherwise than before, uses left out.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  [[nodiscard]] std::size_t size() const { return counts_.addresses; }
  [[nodiscard]] const DnsCacheCounts& counts() const { return counts_; }

 private:
  struct Entry {
    std::string name;                ///< the last to be new
    std::vector<std::string> names;  ///< all that hold
    Address resolver{};
    bool loopback = false;
    WallNs until = 0;
    std::vector<Key> keys;  ///< evaluated by that name
  };
  struct OfSlot {
    std::map<Address, Entry> by_address;
    std::deque<Address> order;  ///< by the time of their making
  };

  [[nodiscard]] bool believes(const Container&, const Address& resolver, bool loopback) const;
  Entry* find(Slot, const Address&, const Container&, WallNs time);
  void make_room(OfSlot&, std::vector<Key>& again);

  std::vector<Address> trusted_;
  Limits limits_;
  std::unordered_map<Slot, OfSlot> slots_;
  DnsCacheCounts counts_;
  std::uint64_t changes_ = 0;
  WallNs expired_ = 0;  ///< when it was last looked for
};

}  // namespace plimsoll
