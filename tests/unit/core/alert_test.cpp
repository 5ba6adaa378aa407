// Names of severities and modes.
#include "agent/core/alert.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

TEST(Severity, NamesReadBack) {
  for (const Severity s : {Severity::low, Severity::medium, Severity::high, Severity::critical}) {
    EXPECT_EQ(severity_from(name(s)), s);
  }
  EXPECT_EQ(name(Severity::critical), "critical");
  EXPECT_FALSE(severity_from("High"));
  EXPECT_FALSE(severity_from(""));
}

TEST(AlertMode, Names) {
  EXPECT_EQ(name(AlertMode::active), "active");
  EXPECT_EQ(name(AlertMode::shadow), "shadow");
}

}  // namespace
}  // namespace plimsoll
