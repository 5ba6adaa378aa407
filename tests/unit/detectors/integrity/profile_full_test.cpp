// A profile that can learn no more.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

Container of_web() {
  Container c;
  c.repository = "docker.io/shop/web";
  return c;
}

std::string said(const Activity& a, bool full, bool known = false) {
  const Container container = of_web();
  const Learned nothing;
  for (const Detector& d : all_detectors()) {
    if (d.rule.id != "integrity.profile_full") continue;
    const auto found =
        d.detect({.activity = a, .container = container, .baseline = nothing, .known = known, .full = full});
    return found.empty() ? "" : found.front().message;
  }
  return "no such rule";
}

TEST(ProfileFull, ReportsWhatAFullProfileDoesNotKnow) {
  EXPECT_EQ(said(setid("101", "102"), true),
            "the profile of docker.io/shop/web is full: new behaviour can no longer be learned, whether it "
            "is usual or not");
}

TEST(ProfileFull, IsSilentWhereThereIsRoomOrNothingNewAndInSetup) {
  EXPECT_EQ(said(setid("101", "102"), false), "");
  EXPECT_EQ(said(setid("101", "102"), true, true), "");
  EXPECT_EQ(said(in_phase(Phase::setup, setid("101", "102")), true), "");
}

TEST(ProfileFull, IsReportedOncePerProfile) {
  EXPECT_EQ(find_rule("integrity.profile_full")->stands_for, StandsFor::profile);
}

}  // namespace
}  // namespace plimsoll::test
