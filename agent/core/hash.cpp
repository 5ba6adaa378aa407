// FNV-1a with a finishing mix.
#include "agent/core/hash.h"

#include <cstddef>

namespace plimsoll {

std::uint64_t stable_hash(std::string_view bytes) {
  std::uint64_t h = 0xcbf29ce484222325ULL;  // FNV-1a's offset basis and prime for 64 bits
  for (const char c : bytes) {
    h ^= static_cast<std::uint8_t>(c);
    h *= 0x00000100000001b3ULL;
  }
  // MurmurHash3's 64-bit finaliser: FNV's high bits depend too little on the last bytes.
  h ^= h >> 33U;
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33U;
  h *= 0xc4ceb9fe1a85ec53ULL;
  h ^= h >> 33U;
  return h;
}

std::string hex(std::uint64_t value) {
  std::string out(16, '0');
  for (std::size_t i = out.size(); i-- > 0; value >>= 4U) out[i] = "0123456789abcdef"[value & 0xfU];
  return out;
}

}  // namespace plimsoll
