// Programs without a file.
#include <gtest/gtest.h>

#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

constexpr const char* kRule = "drift.fileless";

TEST(Fileless, MemfdAndDeleted) {
  EXPECT_EQ(message(kRule, exec("memfd:x", Origin::memfd)),
            "nginx started memfd:x, a program that exists only in memory");
  EXPECT_EQ(message(kRule, exec("/tmp/x", Origin::deleted)),
            "nginx started /tmp/x, whose file was already deleted");
  EXPECT_EQ(findings(kRule, exec("memfd:x", Origin::memfd)).at(0).severity, std::nullopt);
  EXPECT_EQ(findings(kRule, exec("/tmp/x", Origin::deleted)).at(0).severity, Severity::high);
}

TEST(Fileless, AppliesWhateverTheProfileKnowsButNotInSetup) {
  const Activity a = exec("memfd:runc", Origin::memfd);
  EXPECT_NE(message(kRule, a, knowing(a)), "");
  EXPECT_EQ(message(kRule, in_phase(Phase::setup, a)), "");
  EXPECT_NE(message(kRule, in_phase(Phase::startup, a)), "");
}

TEST(Fileless, FilesAreNot) {
  for (const Origin o : {Origin::image, Origin::unknown, Origin::upper_new, Origin::upper_copy,
                         Origin::modified, Origin::volume, Origin::outside}) {
    EXPECT_EQ(message(kRule, exec("memfd:x", o)), "") << name(o);
  }
}

}  // namespace
}  // namespace plimsoll::test
