#include "profiles/sketch.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

Sketch sketch_of(int from, int to) {
  Sketch sketch;
  for (int i = from; i < to; ++i) sketch.add("container " + std::to_string(i));
  return sketch;
}

TEST(Sketch, IsExactBelowItsSize) {
  EXPECT_EQ(Sketch{}.estimate(), 0);
  EXPECT_EQ(sketch_of(0, 31).estimate(), 31);
}

TEST(Sketch, EstimatesLargeSetsWithinThreeStandardErrors) {
  EXPECT_NEAR(sketch_of(0, 100'000).estimate(), 100'000, 3 * 0.18 * 100'000);
  EXPECT_NEAR(sketch_of(0, 500).estimate(), 500, 3 * 0.18 * 500);
}

TEST(Sketch, RepeatsChangeNothing) {
  Sketch once = sketch_of(0, 100);
  Sketch twice = once;
  twice.add("container 5");
  twice.merge(once);
  EXPECT_EQ(once, twice);
}

TEST(Sketch, MergingIsTheUnion) {
  Sketch merged = sketch_of(0, 60);
  merged.merge(sketch_of(40, 100));
  EXPECT_EQ(merged, sketch_of(0, 100));
}

TEST(Sketch, TextIsReadBack) {
  for (const int size : {0, 1, 7, 32, 500}) {
    const Sketch sketch = sketch_of(0, size);
    const auto read = Sketch::parse(sketch.text());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, sketch);
  }
}

TEST(Sketch, RefusesWhatItWouldNotWrite) {
  const std::string one = "00000000000000aa";
  const std::string two = "00000000000000bb";
  for (const std::string& bad :
       {std::string{"1a2b"}, std::string{"zzzzzzzzzzzzzzzz"}, std::string{"00000000000000AA"},
        one + " " + one, two + " " + one, one + "  " + two, one + " ", " " + one, one + "," + two,
        std::string{"-000000000000001"}})
    EXPECT_FALSE(Sketch::parse(bad)) << bad;
  std::string many;
  for (int i = 0; i < 33; ++i)
    many += (i == 0 ? "" : " ") + std::string("000000000000") + std::to_string(1000 + i);
  EXPECT_FALSE(Sketch::parse(many));
}

}  // namespace
}  // namespace plimsoll
