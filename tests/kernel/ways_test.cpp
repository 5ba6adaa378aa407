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
  }
}

TEST(Ways, TheOneThatWasAskedForIsUsed) {
  const char* asked_for = std::getenv("PLIMSOLL_ALTERNATIVE");
  if (asked_for == nullptr) GTEST_SKIP() << "none was asked for";
  const std::string way = std::string(asked_for) == "raw" ? "tp_btf/sys_enter+sys_exit" : asked_for;
  for (const char* hook : {"setid", "capset", "mount", "ns", "connect", "socket"})
    EXPECT_TRUE(attached_by(hook, way)) << hook;
}

}  // namespace
}  // namespace plimsoll::kernel_test
