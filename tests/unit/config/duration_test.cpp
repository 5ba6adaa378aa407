// Durations: what reads, what does not, and that text and value agree.
#include "agent/config/duration.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(Duration, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_duration("60s"), 60 * kSecond);
  EXPECT_EQ(parse_duration("5m"), 300 * kSecond);
  EXPECT_EQ(parse_duration("24h"), 86'400 * kSecond);
  EXPECT_EQ(parse_duration("1h30m"), 5'400 * kSecond);
  EXPECT_EQ(parse_duration("2d1h"), kSecond * 49 * 3'600);
  EXPECT_EQ(parse_duration("1m500ms"), 60 * kSecond + kSecond / 2);
  EXPECT_EQ(parse_duration("0s"), 0);
}

TEST(Duration, RefusesTheRest) {
  for (const auto* text : {"", "60", "s", "-5s", "+5s", "5 s", "1.5h", "5S", "30m1h", "1s1s", "1h-30m", "5mm",
                           "99999999999999999999s", "9223372036855s1ms", "200000000d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, TheTextReadsBackToTheSame) {
  for (const auto* text : {"0s", "1ms", "60s", "1h30m", "366d", "1d2h3m4s5ms"}) {
    const auto value = parse_duration(text);
    EXPECT_EQ(parse_duration(duration_text(value.value_or(-1))), value) << text;
  }
  EXPECT_EQ(duration_text(60 * kSecond), "1m");
  EXPECT_EQ(duration_text(5'400 * kSecond), "1h30m");
}

}  // namespace
}  // namespace plimsoll
