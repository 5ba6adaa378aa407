// Records of the kernel side -> events. Pure: bytes and times in, values out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "agent/core/event.h"
#include "agent/core/losses.h"
#include "agent/core/result.h"
#include "agent/sensor/wire.h"

namespace plimsoll {

/// `wall_offset` is added to the kernel's monotonic times. Fails on a record of another version, an unknown
/// kind or a size that does not fit its kind.
Result<KernelEvent> decode(std::span<const std::byte> record, std::int64_t wall_offset);

/// The hook that a record is of; the first for one that does not say.
std::uint32_t hook_of_record(std::span<const std::byte> record);

/// Activity::kind of a key.
Key kind_of(const pl_key&);

/// Where a connect by IP goes; nothing for any other behaviour.
std::optional<Address> address_of(const pl_key&);

/// The name of a hook as metrics have it: exec setid capset mount ns connect socket cgroup lifecycle dns.
std::string_view hook_name(std::uint32_t hook);
/// The name of a loss's reason: ring_full quota no_storage no_slot no_scratch.
std::string_view lost_name(std::uint32_t reason);
/// What the kernel side has counted, without the reasons that lost nothing.
Losses losses_from(std::span<const __u64, PL_LOST_REASONS> counts);

/// An activity's record: the fixed part, and its texts.
struct ActivityRecord {
  const pl_activity& fixed;
  std::array<std::string_view, PL_TEXTS> texts;

  [[nodiscard]] std::string text(pl_text_kind kind) const { return std::string(texts[kind]); }
};

/// The behaviour's object from a record's key and texts.
Object decode_object(const ActivityRecord&);

/// The text of a fixed, NUL-terminated field.
template <std::size_t N>
std::string fixed_text(const char (&field)[N]) {
  std::size_t n = 0;
  while (n < N && field[n] != '\0') n++;
  return {field, n};
}

}  // namespace plimsoll
