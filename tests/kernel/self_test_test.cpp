// Every hook reports the self-test; and one that is blind is named.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <thread>

#include "agent/sensor/self_test/self_test.h"
#include "tests/kernel/arena.h"
#include "tests/kernel/bpf_folder.h"

namespace plimsoll::kernel_test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kEvery{2}, kPatience{5}, kOneRun{9};

class WithSelfTest : public testing::Test {
 protected:
  void SetUp() override {
    auto self_test = SelfTest::start(PLIMSOLL_TRIGGER);
    ASSERT_TRUE(self_test) << self_test.error().message;
    self_test_ = std::move(*self_test);
    SensorOptions options;
    if (const char* alternative = std::getenv("PLIMSOLL_ALTERNATIVE")) options.alternative = alternative;
    options.self_test = self_test_.get();
    options.self_test_every = kEvery;
    options.self_test_patience = kPatience;
    options.pins = folder_.path() + "/pinned";
    auto opened = open_sensor(options);
    ASSERT_TRUE(opened) << opened.error().message;
    sensor_ = std::move(*opened);
    ASSERT_EQ(sensor_->self_test_problem(), "");
  }

  /// Runs the self-test until the set of silent hooks changes, for `most` at most.
  void run_until_change(std::chrono::milliseconds most) {
    const auto until = std::chrono::steady_clock::now() + most;
    const auto before = silent();
    while (silent() == before && std::chrono::steady_clock::now() < until) {
      sensor_->verify();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      read();
    }
  }
  /// Other containers of this host may report, too.
  void read() {
    const Sensor::Sink sink = [&](const KernelEvent& event) {
      const auto* activity = std::get_if<Activity>(&event);
      if (activity == nullptr) return;
      ++read_[activity->hook];
      EXPECT_NE(activity->process.comm, SelfTest::kSelfTestName) << "the self-test is withheld";
    };
    for (auto n = sensor_->poll(std::chrono::milliseconds(0), sink); n && *n > 0;)
      n = sensor_->poll(std::chrono::milliseconds(0), sink);
  }
  [[nodiscard]] std::set<std::string> silent() const {
    std::set<std::string> hooks;
    for (const HookStatus& status : sensor_->hooks())
      if (status.silent) hooks.insert(status.hook);
    return hooks;
  }
  /// Ends the programs of cgroups that the sensor under test has attached.
  void detach_cgroup_links() const {
    for (const auto& file : fs::directory_iterator(folder_.path() + "/pinned")) {
      if (!file.path().filename().string().starts_with("link_")) continue;
      const int fd = bpf_obj_get(file.path().c_str());
      bpf_link_info info{};
      std::uint32_t size = sizeof(info);
      if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.type == BPF_LINK_TYPE_CGROUP)
        bpf_link_detach(fd);
      close(fd);
    }
  }

  BpfFolder folder_;
  std::unique_ptr<SelfTest> self_test_;
  std::unique_ptr<Sensor> sensor_;
  std::map<std::string, std::uint64_t> read_;
};

/// The same on every kernel, and slow on an emulated processor.
class WithSelfTestInDetail : public WithSelfTest {};

TEST_F(WithSelfTest, IsReportedByEveryHook) {
  run_until_change(kOneRun);
  EXPECT_EQ(silent(), std::set<std::string>{});
  EXPECT_EQ(sensor_->self_test_problem(), "");
  // Nothing stays in flight.
  const auto all_read = [&] {
    read();
    const auto counters = sensor_->counters();
    return std::ranges::all_of(std::array{"exec", "setid", "capset", "mount", "ns", "connect", "socket"},
                               [&](const char* hook) { return counters.at(hook).emitted == read_[hook]; });
  };
  bool done = all_read();
  for (int i = 0; i < 50 && !done; i++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    done = all_read();
  }
  EXPECT_TRUE(done);
}

// Detached, and the agent cannot attach them again.
TEST_F(WithSelfTestInDetail, NamesABlindHook) {
  const auto all = sensor_->hooks();
  if (std::ranges::none_of(all, [](const HookStatus& s) { return s.way == "cgroup/connect4"; })) {
    std::cout << "SKIP WithSelfTestInDetail.NamesABlindHook: no program of a cgroup's is in use here, and "
                 "others cannot be "
                 "detached\n";
    GTEST_SKIP();
  }
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  detach_cgroup_links();
  const rlimit none{.rlim_cur = 3, .rlim_max = files.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  run_until_change(2 * kOneRun);
  const auto blind = silent();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(blind, std::set<std::string>{"connect"});
  run_until_change(kOneRun);
  EXPECT_EQ(silent(), std::set<std::string>{});
}

TEST_F(WithSelfTestInDetail, ItsEndIsReported) {
  self_test_.reset();
  sensor_->verify();
  EXPECT_EQ(sensor_->self_test_problem(), "the self-test is gone");
}

}  // namespace
}  // namespace plimsoll::kernel_test
