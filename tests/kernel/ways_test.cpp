// Which ways are in use here: printed, so that a log tells what its results are of; and none is missing. And
// what becomes of the others when the kernel refuses one program.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
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

/// A copy of the kernel's types in which one has another name: programs that need it are refused.
class TypesWithout {
 public:
  explicit TypesWithout(const std::string& type) {
    std::ifstream in("/sys/kernel/btf/vmlinux", std::ios::binary);
    std::string all{std::istreambuf_iterator<char>(in), {}};
    const std::string name = std::string(1, '\0') + type + '\0';
    for (auto at = all.find(name); at != std::string::npos; at = all.find(name, at + 1)) all[at + 1] = '~';
    std::ofstream(path_, std::ios::binary) << all;
  }
  TypesWithout(const TypesWithout&) = delete;
  TypesWithout& operator=(const TypesWithout&) = delete;
  ~TypesWithout() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "plimsoll-kernel-test.btf";
};

// The next of the alternatives stands in whole for one of which a single program is refused.
TEST(WaysInDetail, OneRefusedProgramTakesNothingElseDown) {
  const bool fexit = attached_by("setid", "fexit"), capable = attached_by("setid", "tp_btf/cap_capable");
  if (std::getenv("PLIMSOLL_ALTERNATIVE") != nullptr || (!fexit && !capable)) {
    std::cout
        << "SKIP WaysInDetail.OneRefusedProgramTakesNothingElseDown: no way here has a type of its own\n";
    GTEST_SKIP();
  }
  const TypesWithout types(fexit ? "msghdr" : "bpf_sock_addr_kern");
  SensorOptions options;
  options.btf_path = types.path();
  const auto other = open_sensor(options);
  ASSERT_TRUE(other) << other.error().message;
  const auto hooks = (*other)->hooks();
  const auto of = [&](const std::string& hook, const std::string& way) {
    const auto at =
        std::ranges::find_if(hooks, [&](const HookStatus& h) { return h.hook == hook && h.way == way; });
    return at == hooks.end() ? HookStatus{.error = "no such row"} : *at;
  };
  if (fexit) {
    EXPECT_FALSE(of("setid", "fexit").attached);
    EXPECT_TRUE(of("setid", "kprobe").attached) << of("setid", "kprobe").error;
    EXPECT_TRUE(of("setid", "kprobe").passed_over.starts_with("fexit: "))
        << of("setid", "kprobe").passed_over;
  } else {
    EXPECT_TRUE(of("setid", "tp_btf/cap_capable").attached) << of("setid", "tp_btf/cap_capable").error;
    EXPECT_FALSE(of("connect", "cgroup/connect_unix").attached);
    EXPECT_NE(of("connect", "cgroup/connect_unix").error, "no such row");
  }
  for (const char* way : {"cgroup/connect4", "cgroup/connect6", "cgroup/sendmsg4", "cgroup/sendmsg6"})
    EXPECT_TRUE(of("connect", way).attached) << way << ": " << of("connect", way).error;
  EXPECT_TRUE(of("exec", "tp_btf/sched_process_exec").attached);
}

}  // namespace
}  // namespace plimsoll::kernel_test
