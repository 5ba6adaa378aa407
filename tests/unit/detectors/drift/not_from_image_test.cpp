// Executables that did not come with the image.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "drift.not_from_image";

TEST(NotFromImage, SaysWhereTheFileIsFrom) {
  EXPECT_EQ(message(kRule, exec("/tmp/x", Origin::upper_new)),
            "nginx started /tmp/x, which is not in the image");
  EXPECT_EQ(message(kRule, exec("/bin/id", Origin::modified)),
            "nginx started /bin/id, whose contents are not the image's");
  EXPECT_EQ(message(kRule, exec("/dev/shm/x", Origin::volume)),
            "nginx started /dev/shm/x, which is on a volume, not in the image");
  EXPECT_EQ(message(kRule, exec("/x", Origin::outside)),
            "nginx started /x, which is outside the container's root file system");
}

TEST(NotFromImage, CopiedUpAndUnknownFilesAreNotDrift) {
  for (const Origin o : {Origin::image, Origin::upper_copy, Origin::unknown}) {
    EXPECT_EQ(message(kRule, exec("/bin/id", o)), "") << name(o);
  }
}

TEST(NotFromImage, QuietWhenTheProfileKnowsIt) {
  const Activity a = exec("/cache/tool", Origin::upper_new);
  EXPECT_EQ(message(kRule, a, knowing(a)), "");
  Learned profile = knowing(in_phase(Phase::startup, a));
  profile.paths.insert("/cache/tool");
  EXPECT_EQ(
      message(kRule, a, profile),
      "nginx started /cache/tool, which is not in the image; until now this was seen only during startup");
  EXPECT_EQ(findings(kRule, a, profile).at(0).evidence.at("path_in_profile"), "yes");
}

}  // namespace
}  // namespace plimsoll::test
