// The hash is part of file names and alert ids: its values must never change.
#include "agent/core/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace plimsoll {
namespace {

TEST(StableHash, ValuesStayWhatTheyAre) {
  EXPECT_EQ(hex(stable_hash("")), "efd01f60ba992926");
  EXPECT_EQ(hex(stable_hash("plimsoll")), "91e78be990a36f89");
  EXPECT_NE(stable_hash(std::string_view("a\0b", 3)), stable_hash("ab"));
}

TEST(StableHash, OneBitOfInputTurnsAboutHalfOfTheBits) {
  int turned = 0;
  constexpr int kPairs = 256;
  for (int i = 0; i < kPairs; ++i) {
    const std::string text = "container-" + std::to_string(i) + "x";
    const std::string other = "container-" + std::to_string(i) + "y";
    turned += std::popcount(stable_hash(text) ^ stable_hash(other));
  }
  EXPECT_NEAR(static_cast<double>(turned) / kPairs, 32.0, 1.5);
}

TEST(Hex, SixteenDigits) {
  EXPECT_EQ(hex(0), "0000000000000000");
  EXPECT_EQ(hex(0xdeadbeef01234567ULL), "deadbeef01234567");
}

}  // namespace
}  // namespace plimsoll
