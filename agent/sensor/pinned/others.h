// What the programs of another version saw before ours knew the containers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>

#include "agent/sensor/maps/rings.h"
#include "agent/sensor/maps/tally.h"
#include "agent/sensor/pinned/pinned_state.h"
#include "agent/sensor/sensor.h"

namespace plimsoll {

class Others {
 public:
  using SlotOf = std::function<Slot(CgroupId)>;

  /// `ended`: with rings. `mount_point`: of the hierarchy that tells containers apart. The tally outlives
  /// this.
  Others(Ended ended, const std::string& mount_point, Tally&);

  /// Reads about a thousand records at most; how many there were. What a container did that still is there
  /// goes to the sink, with its slot of now and without a key: theirs mean nothing here. What one did that is
  /// gone is counted as lost; what cgroups did that are no containers', not at all.
  std::size_t read(const SlotOf&, std::int64_t wall_offset, const Sensor::Sink&);
  /// There will be no more: they have ended, and nothing has come for a while.
  [[nodiscard]] bool done() const;

 private:
  void tell(std::span<const std::byte> record, const SlotOf&, std::int64_t wall_offset, const Sensor::Sink&);

  std::unique_ptr<Rings> rings_;
  Slot self_test_;
  Tally* tally_;
  std::unordered_set<std::uint64_t> alive_;  ///< cgroups
  std::chrono::steady_clock::time_point last_;
};

}  // namespace plimsoll
