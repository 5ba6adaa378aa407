// The kernel side's slots, as the agent reads them: mapped, so that looking costs no system call.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "agent/core/event.h"
#include "agent/core/result.h"
#include "agent/sensor/wire.h"

namespace plimsoll {

class SlotTable {
 public:
  /// Maps `slots` places (a power of two) read-only.
  static Result<std::unique_ptr<SlotTable>> map(int slots_fd, std::uint32_t slots);
  SlotTable(const SlotTable&) = delete;
  SlotTable& operator=(const SlotTable&) = delete;
  ~SlotTable();

  /// Null when the slot is gone. The values change while one looks.
  [[nodiscard]] const pl_slot* find(Slot) const;
  /// All places; one whose slot is 0 is nobody's.
  [[nodiscard]] std::span<const pl_slot> all() const { return {table_, slots_}; }

 private:
  SlotTable(const pl_slot* table, std::uint32_t slots) : table_(table), slots_(slots) {}

  const pl_slot* table_;
  std::uint32_t slots_;
};

}  // namespace plimsoll
