// Which ways are in use here: printed, so that a log tells what its results are of; and none is missing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/kernel/arena.h"

namespace plimsoll::kernel_test {
namespace {

TEST(Ways, EveryHookIsAttached) {
  for (const HookStatus& h : sensor().hooks()) {
    std::cout << "way: " << h.hook << " " << h.way << (h.attached ? "" : " NOT ATTACHED: " + h.error);
    std::cout << (h.passed_over.empty() ? "" : " (instead of " + h.passed_over + ")") << "\n";
    EXPECT_TRUE(h.attached) << h.hook << " " << h.way << ": " << h.error;
    // What was asked for is what is used: else a kernel would be tested by the wrong way.
    if (std::getenv("PLIMSOLL_ALTERNATIVE") != nullptr) {
      EXPECT_EQ(h.passed_over, "") << h.hook;
    }
  }
  // A machine whose kernel is known says which way must have been found.
  const char* expected = std::getenv("PLIMSOLL_EXPECTED_WAY");
  if (expected == nullptr) return;
  const std::string way = std::string(expected) == "raw" ? "tp_btf/sys_enter+sys_exit" : expected;
  for (const char* hook : {"setid", "capset", "mount", "ns", "connect", "socket"})
    EXPECT_TRUE(attached_by(hook, way)) << hook << " should be seen by " << way;
}

}  // namespace
}  // namespace plimsoll::kernel_test
