// What a release brings.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

std::vector<Finding> of_release(const Activity& a, const Finding* brought) {
  Container web;
  web.image = "shop/web:2";
  web.image_id = "sha256:2";
  const Learned nothing;
  for (const Detector& d : all_detectors()) {
    if (d.rule.id == "drift.release")
      return d.detect({.activity = a, .container = web, .baseline = nothing, .brought = brought});
  }
  return {};
}

TEST(Release, QuotesTheFirstFindingAndNamesItsRule) {
  const Activity a = exec("/usr/bin/id");
  const Finding finding = findings("drift.new_executable", a).at(0);
  const auto all = of_release(a, &finding);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].message,
            "release shop/web:2 does something that earlier images did not: " + finding.message);
  EXPECT_EQ(all[0].evidence.at("image_id"), "sha256:2");
  EXPECT_EQ(all[0].evidence.at("rule"), "drift.new_executable");
}

TEST(Release, SilentOutsideARelease) {
  EXPECT_TRUE(of_release(exec("/usr/bin/id"), nullptr).empty());
  EXPECT_EQ(find_rule("drift.release")->stands_for, StandsFor::release);
}

}  // namespace
}  // namespace plimsoll::test
