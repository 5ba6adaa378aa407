// Root detaches the agent's programs: that is detected, repaired and reported; and none of
// that takes a capability.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <thread>

#include "tests/kernel/arena.h"

namespace plimsoll::kernel_test {
namespace {

constexpr const char* kWay = "cgroup/connect4";

/// The link of our own sensor's program at connect4: other agents on this host have theirs.
int connect4_link() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    bpf_link_info info{};
    std::uint32_t size = sizeof(info);
    if (!std::filesystem::read_symlink(entry.path()).string().starts_with("anon_inode:bpf") ||
        bpf_obj_get_info_by_fd(fd, &info, &size) != 0)
      continue;
    if (info.type == BPF_LINK_TYPE_CGROUP && info.cgroup.attach_type == BPF_CGROUP_INET4_CONNECT) return fd;
  }
  return -1;
}

bool sees_connects() {
  Arena arena;
  const auto recording = arena.trigger("udp4");
  return std::ranges::any_of(recording.activities, [](const Activity& a) { return a.hook == "connect"; });
}

HookStatus connect4_status() {
  for (auto& status : sensor().hooks())
    if (status.way == kWay) return status;
  return {};
}

class Links : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(sensor().verify().empty());
    if (connect4_status().way.empty()) {
      std::cout << "SKIP " << testing::UnitTest::GetInstance()->current_test_info()->name()
                << ": no program of a cgroup's is in use here, and others cannot be detached\n";
      GTEST_SKIP();
    }
    ASSERT_TRUE(connect4_status().attached);
    before_ = connect4_status().detached;
    ASSERT_GE(connect4_link(), 0);
  }
  // The sensor is every test's: it has to be whole again.
  void TearDown() override {
    if (IsSkipped()) return;
    sensor().verify();
    ASSERT_TRUE(connect4_status().attached);
    ASSERT_TRUE(sees_connects());
  }
  void expect_mended(const std::vector<HookStatus>& found) const {
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].hook, "connect");
    EXPECT_EQ(found[0].way, kWay);
    EXPECT_TRUE(found[0].attached) << found[0].error;
    EXPECT_EQ(found[0].detached, before_ + 1);
    EXPECT_TRUE(connect4_status().attached);
    EXPECT_EQ(connect4_status().detached, before_ + 1);
    EXPECT_TRUE(sees_connects());
    EXPECT_TRUE(sensor().verify().empty());
  }
  std::uint64_t before_ = 0;
};

TEST_F(Links, ADetachedOneIsAttachedAgain) {
  ASSERT_EQ(bpf_link_detach(connect4_link()), 0);
  EXPECT_FALSE(sees_connects());
  expect_mended(sensor().verify());
}

TEST_F(Links, AnotherProgramInItsPlaceIsPutOut) {
  const std::array<bpf_insn, 2> allow{
      {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1}, {.code = BPF_JMP | BPF_EXIT}}};
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = BPF_CGROUP_INET4_CONNECT;
  const int blind =
      bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "blind", "GPL", allow.data(), allow.size(), &options);
  ASSERT_GE(blind, 0);
  ASSERT_EQ(bpf_link_update(connect4_link(), blind, nullptr), 0);
  close(blind);
  EXPECT_FALSE(sees_connects());
  expect_mended(sensor().verify());
}

TEST_F(Links, WhileItCannotBeAttachedItIsNot) {
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  ASSERT_EQ(bpf_link_detach(connect4_link()), 0);
  const rlimit none{.rlim_cur = 3, .rlim_max = files.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto first = sensor().verify();
  const auto second = sensor().verify();
  const auto meanwhile = connect4_status();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);

  ASSERT_EQ(first.size(), 1U);
  EXPECT_FALSE(first[0].attached);
  EXPECT_NE(first[0].error.find("Too many open files"), std::string::npos) << first[0].error;
  EXPECT_TRUE(second.empty()) << "told once";
  EXPECT_FALSE(meanwhile.attached);
  expect_mended(sensor().verify());  // counted once
}

/// The sensor's own map of that name.
int map_called(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    std::error_code gone;  // the directory's own descriptor
    bpf_map_info info{};
    std::uint32_t size = sizeof(info);
    if (std::filesystem::read_symlink(entry.path(), gone) == "anon_inode:bpf-map" &&
        bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.name == name)
      return fd;
  }
  return -1;
}

TEST(Maps, WhatIsWrittenAtLoadOnlyIsFrozen) {
  sensor();
  const int rings = map_called("rings");
  const int other = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "other", 0, 0, 1U << 16U, nullptr);
  const std::uint32_t first = 0;
  ASSERT_GE(rings, 0);
  ASSERT_GE(other, 0);
  EXPECT_NE(bpf_map_update_elem(rings, &first, &other, BPF_ANY), 0)
      << "somebody else's ring in place of the agent's";
  EXPECT_EQ(errno, EPERM);
  close(other);

  const int settings = map_called("plimsoll.rodata");
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  ASSERT_EQ(bpf_obj_get_info_by_fd(settings, &info, &size), 0);
  std::vector<char> value(info.value_size);
  ASSERT_EQ(bpf_map_lookup_elem(settings, &first, value.data()), 0);
  EXPECT_NE(bpf_map_update_elem(settings, &first, value.data(), BPF_ANY), 0);
  EXPECT_EQ(errno, EPERM);
}

// What `plimsoll run` relies on when it drops its privileges: see agent/daemon/privileges.cpp.
TEST_F(Links, TheRunningSensorNeedsNoCapability) {
  Arena arena;
  const auto recording = arena.trigger("udp4");
  const auto fresh =
      std::ranges::find_if(recording.activities, [](const Activity& a) { return a.hook == "connect"; });
  ASSERT_NE(fresh, recording.activities.end());
  ASSERT_EQ(bpf_link_detach(connect4_link()), 0);
  std::vector<HookStatus> found;
  Result<void> named, judged;
  Result<std::vector<KeyCount>> counts;
  Result<std::size_t> polled;
  std::uint64_t seen = 0;
  std::thread([&] {  // capabilities are a thread's own
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const std::array<__user_cap_data_struct, 2> nothing{};
    if (syscall(SYS_capset, &header, nothing.data()) != 0) return;
    found = sensor().verify();
    named = sensor().name(arena.slot(), 1);
    judged = sensor().set_known({&fresh->key, 1});
    counts = sensor().counts();
    polled = sensor().poll(std::chrono::milliseconds(0), [](const KernelEvent&) {});
    seen = sensor().counters().at("connect").seen;
  })
      .join();
  EXPECT_TRUE(named) << named.error().message;
  EXPECT_TRUE(judged) << judged.error().message;
  EXPECT_TRUE(counts) << counts.error().message;
  EXPECT_TRUE(polled) << polled.error().message;
  EXPECT_GT(seen, 0U);
  expect_mended(found);
}

}  // namespace
}  // namespace plimsoll::kernel_test
