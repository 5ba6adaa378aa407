// Lines of captures: what is written is read back, and what is wrong is said.
#include "agent/capture/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/capture/sample.h"

namespace plimsoll::capture {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CaptureRecords, EachIsReadBackAsItWas) {
  std::set<std::size_t> kinds;
  for (const Record& record : samples()) {
    kinds.insert(record.index());
    const std::string line = to_line(record);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto again = from_line(line);
    ASSERT_TRUE(again) << again.error().message << "\n" << line;
    EXPECT_EQ(*again, record) << line;
    EXPECT_EQ(to_line(*again), line);
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Record>);
}

TEST(CaptureRecords, AreShort) {
  EXPECT_EQ(to_line(Tick{5}), R"({"tick":{"now":5}})");
  EXPECT_EQ(to_line(Counts{{{7, 1, 2, 3}}}),
            R"({"counts":{"counts":[{"kind":7,"last_seen":3,"more":2,"slot":1}]}})");
}

TEST(CaptureRecords, SayWhatIsWrongWhereAndWhatIsAccepted) {
  const auto error = [](std::string_view line) {
    const auto record = from_line(line);
    return record ? "taken" : record.error().message;
  };
  EXPECT_EQ(error("{"), "no JSON; accepted: an object of one record");
  EXPECT_THAT(error(R"({"tock":{}})"),
              StartsWith("no record; accepted: an object of one of begin, baseline"));
  EXPECT_THAT(error(R"({"tick":{},"drain":{}})"), StartsWith("no record"));
  EXPECT_THAT(error("[]"), StartsWith("no record"));
  EXPECT_EQ(error(R"({"tick":{"now":"x"}})"),
            "tick: now: \"x\"; accepted: a whole number from -9223372036854775808 to 9223372036854775807");
  EXPECT_EQ(error(R"({"tick":{"now":18446744073709551615}})"),
            "tick: now: 18446744073709551615; accepted: a whole number from -9223372036854775808 to "
            "9223372036854775807");
  EXPECT_EQ(error(R"({"departed":{"slot":-1}})"),
            "departed: slot: -1; accepted: a whole number from 0 to 4294967295");
  EXPECT_EQ(error(R"({"departed":{"slot":4294967296}})"),
            "departed: slot: 4294967296; accepted: a whole number from 0 to 4294967295");
  EXPECT_EQ(error(R"({"departed":{"slot":1.5}})"),
            "departed: slot: 1.5; accepted: a whole number from 0 to 4294967295");
  EXPECT_EQ(error(R"({"departed":{"slat":1}})"), "departed: a table; accepted: only slot");
  EXPECT_EQ(error(R"({"paused":{"paused":1}})"), "paused: paused: 1; accepted: true or false");
  EXPECT_EQ(error("{\"broken\":{\"reason\":\"\xe2\x82\xac\"}}"),
            R"(broken: reason: "\u20ac"; accepted: a string of code points below 256)");
  EXPECT_EQ(error(R"({"acted":{"activity":{"behaviour":{"phase":"later"}}}})"),
            R"(acted: activity.behaviour.phase: "later"; accepted: setup, startup, steady, entered)");
  EXPECT_THAT(error(R"({"acted":{"activity":{"behaviour":{"object":{"fly":{}}}}}})"),
              HasSubstr("activity.behaviour.object: a table; accepted: one action"));
  EXPECT_THAT(error(R"({"acted":{"activity":{"evidence":{"address":[1]}}}})"),
              HasSubstr("accepted: 16 bytes"));
  EXPECT_THAT(error(R"({"acted":{"activity":{"evidence":{"stdin":6}}}})"), HasSubstr("accepted: 0 to 5"));
  EXPECT_THAT(error(R"({"acted":{"activity":{"process":{"argv":["a",1]}}}})"),
              HasSubstr("process.argv[1]: 1; "));
  EXPECT_THAT(error(R"({"lost":{"losses":{"quota":-1}}})"), HasSubstr("losses.quota: -1; "));
  for (const char* open : {"[", "{\"a\":"}) {  // no stack runs over
    std::string deep = R"({"begin":)";
    for (int i = 0; i < 500'000; i++) deep += open;
    EXPECT_THAT(error(deep), StartsWith("n"));
    deep = R"({"tick":{"now":)" + std::string(500'000, '[') + std::string(500'000, ']') + "}}";
    EXPECT_EQ(error(deep), "nested too deep; accepted: records of depth 12 at most");
  }
  EXPECT_LT(error(R"({"tick":{"now":")" + std::string(100'000, 'x') + R"("}})").size(), 300U);
}

TEST(CaptureRecords, AKeyHasANumberAndANumberAKey) {
  Key a{}, b{};
  EXPECT_EQ(kind_of(a), 0U);
  EXPECT_EQ(key_of(0), Key{});
  a[87] = std::byte{1};
  b[86] = std::byte{1};
  EXPECT_NE(kind_of(a), 0U);
  EXPECT_NE(kind_of(a), kind_of(b));
  EXPECT_NE(key_of(kind_of(a)), key_of(kind_of(b)));
}

}  // namespace
}  // namespace plimsoll::capture
