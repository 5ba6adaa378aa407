// Stable, unkeyed hashing for names of files and identities of alerts. Not for the kernel's keys: those are
// keyed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plimsoll {

/// FNV-1a, 64 bits, finished with a 64-bit mix so that all bits are usable (bottom-k sketches need that).
std::uint64_t stable_hash(std::string_view bytes);

/// 16 lower-case hex digits.
std::string hex(std::uint64_t value);

}  // namespace plimsoll
