#include "agent/sensor/maps/slot_table.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace plimsoll {
namespace {

std::size_t table_bytes(std::uint32_t slots) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (slots * sizeof(pl_slot) + page - 1) / page * page;
}

}  // namespace

Result<std::unique_ptr<SlotTable>> SlotTable::map(int slots_fd, std::uint32_t slots) {
  void* memory = mmap(nullptr, table_bytes(slots), PROT_READ, MAP_SHARED, slots_fd, 0);
  if (memory == MAP_FAILED)
    return fail(std::string("cannot map the table of slots: ") + std::strerror(errno));
  return std::unique_ptr<SlotTable>(new SlotTable(static_cast<const pl_slot*>(memory), slots));
}

SlotTable::~SlotTable() {
  munmap(const_cast<pl_slot*>(table_), table_bytes(slots_));
}

const pl_slot* SlotTable::find(Slot slot) const {
  const pl_slot& place = table_[slot & (slots_ - 1)];
  return slot != 0 && place.slot == slot ? &place : nullptr;
}

}  // namespace plimsoll
