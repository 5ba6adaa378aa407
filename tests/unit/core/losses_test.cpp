// Losses by reason.
#include "agent/core/losses.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

TEST(Losses, AreSummedAndAddedByReason) {
  Losses losses{{"quota", 2}, {"ring_full", 3}};
  add(losses, {{"quota", 5}, {"no_scratch", 1}});
  EXPECT_EQ(losses, (Losses{{"no_scratch", 1}, {"quota", 7}, {"ring_full", 3}}));
  EXPECT_EQ(total(losses), 11U);
  EXPECT_EQ(total({}), 0U);
}

TEST(Losses, AreDescribedWithTheMostFirst) {
  EXPECT_EQ(describe({{"missed", 0}, {"quota", 3}, {"ring_full", 12}}), "ring_full 12, quota 3");
  EXPECT_EQ(describe({{"missed", 0}}), "");
  EXPECT_EQ(describe({}), "");
}

}  // namespace
}  // namespace plimsoll
