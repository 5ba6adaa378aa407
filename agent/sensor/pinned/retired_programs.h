// Reads what retired programs (pinned_state.h) saw before the new ones knew the containers.
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

class RetiredPrograms {
 public:
  using SlotOf = std::function<Slot(CgroupId)>;

  /// `state`: with rings. `mount_point`: of the hierarchy that tells containers apart. The tally outlives
  /// this.
  RetiredPrograms(RetiredState state, const std::string& mount_point, Tally&);

  /// Reads about a thousand records at most, and returns how many. Events of a container that is still there
  /// go to the sink, with its current slot and without a key, because the old keys mean nothing here. Those
  /// of a container that is gone are counted as lost; those of other cgroups are dropped.
  std::size_t read(const SlotOf&, std::int64_t wall_offset, const Sensor::Sink&);
  /// True when nothing more will come: the programs have ended, and the rings have been empty for a while.
  [[nodiscard]] bool done() const;

 private:
  void pass_on(std::span<const std::byte> record, const SlotOf&, std::int64_t wall_offset,
               const Sensor::Sink&);

  std::unique_ptr<Rings> rings_;
  Slot self_test_;
  Tally* tally_;
  std::unordered_set<std::uint64_t> alive_;  ///< cgroups
  std::chrono::steady_clock::time_point last_;
};

}  // namespace plimsoll
