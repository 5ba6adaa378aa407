// Labels stay few, and go to the busiest.
#include "agent/metrics/image_labels.h"

#include <gtest/gtest.h>

#include <set>

namespace plimsoll {
namespace {

TEST(ImageLabels, TheFirstOnesKeepTheirNamesTheRestShareOne) {
  ImageLabels labels(2);
  labels.busy("a", 5);
  labels.busy("b", 5);
  labels.busy("c", 5);
  EXPECT_EQ(labels.label("a"), "a");
  EXPECT_EQ(labels.label("b"), "b");
  EXPECT_EQ(labels.label("c"), "_other");
}

TEST(ImageLabels, AMuchBusierOneTakesThePlaceOfTheQuietest) {
  ImageLabels labels(2);
  labels.busy("a", 5);
  labels.busy("b", 50);
  labels.busy("c", 11);
  EXPECT_EQ(labels.label("c"), "c");
  EXPECT_EQ(labels.label("a"), "_other");
  EXPECT_EQ(labels.label("b"), "b");
}

TEST(ImageLabels, APathIsNeverALabel) {
  ImageLabels labels(2);
  labels.busy("/srv/bundle/rootfs", 5);
  EXPECT_EQ(labels.label("/srv/bundle/rootfs"), "_other");
}

TEST(ImageLabels, AFloodOfNamesStaysBounded) {
  ImageLabels labels(3);
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const auto name = "image" + std::to_string(i);
    labels.busy(name, 1);
    seen.emplace(labels.label(name));
  }
  EXPECT_LE(seen.size(), 4U);
}

}  // namespace
}  // namespace plimsoll
