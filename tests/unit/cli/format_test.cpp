// Tables and texts: alignment, ages, wrapping, and that nothing a container says reaches the terminal raw.
#include "agent/cli/format.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/cli/palette.h"

namespace plimsoll {
namespace {

using nlohmann::json;

TEST(Table, AlignsColumnsByCodePointsAndEndsLinesClean) {
  Table table({"NAME", "IMAGE", "AGE"});
  table.row({"wéb", "nginx:1", "5m"});
  table.row({"database", "", "1h"});
  EXPECT_EQ(table.text(),
            "NAME       IMAGE     AGE\n"
            "wéb        nginx:1   5m\n"
            "database   -         1h\n");
}

TEST(Table, EscapesWhatAContainerChose) {
  Table table({"NAME", "X"});
  table.row({"a\x1b[2J\nb", "\xff"});
  EXPECT_EQ(table.text(), "NAME            X\na\\x1b[2J\\x0ab   \\xff\n");
}

TEST(Table, MissingCellsAreShown) {
  Table table({"A", "B"});
  table.row({"1"});
  EXPECT_EQ(table.text(), "A   B\n1   -\n");
}

TEST(Safe, LeavesWhatIsEscapedAlreadyAsItIs) {
  EXPECT_EQ(safe("a\\x1bb"), "a\\x1bb");
  EXPECT_EQ(safe(safe("\x1b\\")), safe("\x1b\\"));
}

TEST(Field, ShowsEveryKindOfValue) {
  const json object{
      {"text", "a\nb"}, {"number", 3}, {"none", nullptr}, {"flag", true}, {"list", {"a", "\x1b", 1}}};
  EXPECT_EQ(field(object, "text"), "a\\x0ab");
  EXPECT_EQ(field(object, "number"), "3");
  EXPECT_EQ(field(object, "none"), "");
  EXPECT_EQ(field(object, "missing"), "");
  EXPECT_EQ(field(object, "flag"), "true");
  EXPECT_EQ(joined(object, "list", ", "), "a, \\x1b, 1");
  EXPECT_EQ(joined(object, "text", ", "), "");
}

TEST(StateText, SaysTheStateOnce) {
  EXPECT_EQ(state_text({{"state", "stable"}}), "stable");
  EXPECT_EQ(state_text({{"state", "stable"}, {"reason", "12 hours without new behaviour"}}),
            "stable: 12 hours without new behaviour");
  EXPECT_EQ(state_text({{"state", "learning"}, {"reason", "learning by time"}}), "learning by time");
}

TEST(Age, InAtMostTwoUnits) {
  constexpr WallNs kNow = 1'772'356'447 * kNsPerSecond;  // 2026-03-01T09:14:07Z
  EXPECT_EQ(age("2026-03-01T09:14:07Z", kNow), "0s");
  EXPECT_EQ(age("2026-03-01T09:13:22.123456789Z", kNow), "45s");
  EXPECT_EQ(age("2026-03-01T09:02:04Z", kNow), "12m3s");
  EXPECT_EQ(age("2026-03-01T06:12:07Z", kNow), "3h2m");
  EXPECT_EQ(age("2026-02-24T05:14:07Z", kNow), "5d4h");
  EXPECT_EQ(age("2026-03-01T09:15:07Z", kNow), "0s") << "a clock that was set back";
  EXPECT_EQ(age("yesterday", kNow), "");
  EXPECT_EQ(age("", kNow), "");
}

TEST(Grouped, ByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(12345678), "12,345,678");
}

TEST(Wrapped, BreaksAtBlanksAndIndents) {
  EXPECT_EQ(wrapped("one two three", 7, "  "), "one two\n  three");
  EXPECT_EQ(wrapped("averylongword x", 4, ""), "averylongword\nx");
  EXPECT_EQ(wrapped("", 10, "  "), "");
}

TEST(Palette, PaintsOnlyWhenItMay) {
  EXPECT_EQ(Palette(true).bad("x"), "\x1b[1;31mx\x1b[0m");
  EXPECT_EQ(Palette(false).bad("x"), "x");
  EXPECT_EQ(Palette(true).severity("low", "x"), "x");
  EXPECT_FALSE(wants_colour(-1)) << "no terminal";
}

}  // namespace
}  // namespace plimsoll
