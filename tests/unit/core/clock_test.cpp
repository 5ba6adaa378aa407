// Times as text.
#include "agent/core/clock.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

TEST(Rfc3339, NineDecimals) {
  EXPECT_EQ(rfc3339(1'772'356'447'123'456'789), "2026-03-01T09:14:07.123456789Z");
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(rfc3339(7), "1970-01-01T00:00:00.000000007Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999999Z");
}

TEST(Rfc3339, WholeSecondsRoundDown) {
  EXPECT_EQ(rfc3339_seconds(1'772'356'447'999'999'999), "2026-03-01T09:14:07Z");
  EXPECT_EQ(rfc3339_seconds(1'709'164'800 * kNsPerSecond), "2024-02-29T00:00:00Z");
}

}  // namespace
}  // namespace plimsoll
