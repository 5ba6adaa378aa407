#include <gtest/gtest.h>
#include <linux/types.h>

#include <array>
#include <cstring>

#include "bpf/include/siphash.h"

namespace {

// Appendix A of "SipHash: a fast short-input PRF" and the authors' vectors: key 00..0f, message 00 01 02 ...
// of n bytes.
__u64 hash_of_length(__u32 bytes) {
  std::array<__u64, 9> words{};
  std::array<unsigned char, 72> message{};
  for (__u32 i = 0; i < bytes; i++) message[i] = static_cast<unsigned char>(i);
  std::memcpy(words.data(), message.data(), message.size());
  return pl_siphash(words.data(), bytes, words.size(), 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL);
}

TEST(SipHash, MatchesThePublishedVectors) {
  EXPECT_EQ(hash_of_length(0), 0x726fdb47dd0e0e31ULL);
  EXPECT_EQ(hash_of_length(1), 0x74f839c593dc67fdULL);
  EXPECT_EQ(hash_of_length(8), 0x93f5f5799a932462ULL);
  EXPECT_EQ(hash_of_length(15), 0xa129ca6149be45e5ULL);
  EXPECT_EQ(hash_of_length(63), 0x958a324ceb064572ULL);
}

}  // namespace
