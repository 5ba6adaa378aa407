// Pinned state outlives its agent: the next one takes over what its programs saw, to the event.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/kernel/arena.h"
#include "tests/kernel/bpf_folder.h"

namespace plimsoll::kernel_test {
namespace {

namespace fs = std::filesystem;

/// A BPF file system of the test's own, and sensors that pin what they load in it. They watch the same
/// containers as the sensor that every test has.
class PinnedState : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* alternative = std::getenv("PLIMSOLL_ALTERNATIVE")) options_.alternative = alternative;
    options_.pins = folder_.path() + "/pinned";
  }

  void open() {
    auto opened = open_sensor(options_);
    ASSERT_TRUE(opened) << opened.error().message;
    now_ = std::move(*opened);
  }
  /// What lies there for the sensor of now.
  void read() {
    activities_.clear();
    removed_.clear();
    read_.clear();
    const Sensor::Sink sink = [&](KernelEvent event) {
      if (auto* activity = std::get_if<Activity>(&event)) {
        ++read_[activity->hook];
        activities_.push_back(std::move(*activity));
      } else if (const auto* made = std::get_if<CgroupMade>(&event)) {
        made_[made->cgroup.id] = made->slot;
      } else if (const auto* gone = std::get_if<CgroupRemoved>(&event)) {
        removed_.push_back(*gone);
      }
    };
    for (auto n = now_->poll(std::chrono::milliseconds(0), sink); n && *n > 0;)
      n = now_->poll(std::chrono::milliseconds(0), sink);
  }
  [[nodiscard]] long connects_of(Slot slot) const {
    return std::ranges::count_if(activities_,
                                 [&](const Activity& a) { return a.slot == slot && a.hook == "connect"; });
  }
  /// The slot that the sensor of now has given the arena's cgroup; it is named.
  Slot slot_of(const Arena& arena) {
    read();
    const Slot slot = made_[arena.made().cgroup.id];
    EXPECT_TRUE(now_->name(slot, 1));
    return slot;
  }
  void end() { now_.reset(); }
  /// A sensor knows the arena, and is gone when that happens in it.
  void leave_unread(Arena& arena, const std::string& what) {
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_TRUE(now_->adopt(arena.made().cgroup, 0));
    end();
    arena.leave(what);
  }
  /// The current sensor finds the arena running, and reports so many connects that retired programs saw in
  /// it.
  void expect_reported(const Arena& arena, long connects) {
    const auto slot = now_->adopt(arena.made().cgroup, 0);
    ASSERT_TRUE(slot) << slot.error().message;
    ASSERT_TRUE(now_->seed_tasks());
    read();
    EXPECT_EQ(connects_of(*slot), connects);
    for (const Activity& a : activities_) {
      if (a.slot == *slot && a.hook == "connect") {
        EXPECT_EQ(a.key, Key{}) << "it means nothing to these programs";
      }
    }
    const auto counters = now_->counters().at("connect");
    EXPECT_EQ(counters.lost.at("agent_down"), 0U);
    EXPECT_EQ(counters.seen, counters.known + counters.emitted + total(counters.lost));
  }

  BpfFolder folder_;
  SensorOptions options_;
  std::unique_ptr<Sensor> now_;
  std::vector<Activity> activities_;
  std::vector<CgroupRemoved> removed_;
  std::map<std::string, std::uint64_t> read_;
  std::map<std::uint64_t, Slot> made_;
};

/// The same on every kernel, and slow on an emulated processor.
class PinnedStateInDetail : public PinnedState {};

TEST_F(PinnedState, WhatHappensWhileNobodyReadsIsReadByTheNext) {
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_EQ(now_->predecessor(), Predecessor::none);
  Arena arena;
  const Slot slot = slot_of(arena);
  arena.leave("udp4");
  end();
  arena.leave("repeat");
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_EQ(now_->predecessor(), Predecessor::taken_over);
  arena.leave("udp6");
  const auto adopted = now_->adopt(arena.made().cgroup, 0);
  ASSERT_TRUE(adopted);
  EXPECT_EQ(*adopted, slot);
  read();
  EXPECT_GE(connects_of(slot), 3);
  EXPECT_EQ(now_->lost(slot), Losses{});
  const auto counters = now_->counters().at("connect");
  EXPECT_GE(counters.known, 999U);
  EXPECT_EQ(counters.emitted, read_["connect"]);
  EXPECT_EQ(counters.seen, counters.known + counters.emitted + total(counters.lost));
}

TEST_F(PinnedStateInDetail, WhatTheOneBeforeHasReadIsNotInFlight) {
  ASSERT_NO_FATAL_FAILURE(open());
  Arena arena;
  slot_of(arena);
  arena.leave("udp4");
  read();
  EXPECT_GE(read_["connect"], 1U);
  end();
  ASSERT_NO_FATAL_FAILURE(open());
  const auto before = now_->counters().at("connect");
  EXPECT_EQ(before.emitted, 0U);
  EXPECT_EQ(before.seen, before.known + total(before.lost));
}

// The next agent does not know what a key stands for that only the one before has seen.
TEST_F(PinnedStateInDetail, VerdictsOfTheAgentBeforeDoNotHold) {
  ASSERT_NO_FATAL_FAILURE(open());
  Arena arena;
  const Slot slot = slot_of(arena);
  arena.leave("nothing");  // whatever comes later was entered from outside
  arena.leave("udp4");
  read();
  for (const Activity& activity : activities_) ASSERT_TRUE(now_->set_known({&activity.key, 1}));
  arena.leave("udp4");
  read();
  EXPECT_EQ(connects_of(slot), 0);
  end();
  ASSERT_NO_FATAL_FAILURE(open());
  ASSERT_TRUE(now_->adopt(arena.made().cgroup, 0));
  ASSERT_TRUE(now_->name(slot, 1));
  arena.leave("udp4");
  read();
  EXPECT_GE(connects_of(slot), 1);
  const auto known = now_->counters().at("connect").known;
  for (const Activity& activity : activities_) ASSERT_TRUE(now_->set_known({&activity.key, 1}));
  arena.leave("udp4");
  read();
  EXPECT_EQ(connects_of(slot), 0);
  EXPECT_GT(now_->counters().at("connect").known, known);
}

TEST_F(PinnedStateInDetail, AContainerThatEndsMeanwhileIsReported) {
  ASSERT_NO_FATAL_FAILURE(open());
  Slot slot = 0, forgotten = 0;
  {
    Arena arena;
    slot = slot_of(arena);
    {
      Arena other;
      forgotten = slot_of(other);
    }
    read();  // that the other has ended, which then is forgotten
    end();
  }
  ASSERT_NO_FATAL_FAILURE(open());
  read();
  const auto is_gone = [&](Slot one) {
    return std::ranges::any_of(removed_, [&](const CgroupRemoved& r) { return r.slot == one; });
  };
  EXPECT_TRUE(is_gone(slot));
  EXPECT_TRUE(is_gone(forgotten));
}

// As after an upgrade: events that retired programs saw are reported, if their container is still there.
TEST_F(PinnedStateInDetail, OtherSettingsTakeOtherProgramsAndNothingIsLost) {
  Arena arena;
  ASSERT_NO_FATAL_FAILURE(leave_unread(arena, "udp4"));
  ++options_.events_per_container;
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_EQ(now_->predecessor(), Predecessor::replaced);
  EXPECT_EQ(now_->takeover_problem(), "") << "an upgrade is no problem";
  arena.leave("udp6");  // the retired programs see it, the new ones do not know the container yet
  expect_reported(arena, 2);
}

// Programs that came in between, and never knew the container, are not the ones to wait for.
TEST_F(PinnedStateInDetail, AnUpgradeThatDoesNotGetFarLosesNothing) {
  Arena arena;
  ASSERT_NO_FATAL_FAILURE(leave_unread(arena, "udp4"));
  ++options_.events_per_container;
  ASSERT_NO_FATAL_FAILURE(open());
  end();
  arena.leave("udp6");
  --options_.events_per_container;
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_EQ(now_->predecessor(), Predecessor::replaced);
  expect_reported(arena, 2);
}

TEST_F(PinnedStateInDetail, WhatOtherProgramsSawOfAContainerThatIsGoneIsCounted) {
  auto arena = std::make_unique<Arena>();
  ASSERT_NO_FATAL_FAILURE(leave_unread(*arena, "udp4"));
  arena.reset();
  ++options_.events_per_container;
  ASSERT_NO_FATAL_FAILURE(open());
  ASSERT_TRUE(now_->seed_tasks());
  read();
  const auto counters = now_->counters().at("connect");
  EXPECT_EQ(counters.lost.at("agent_down"), 1U);
  EXPECT_EQ(counters.seen, counters.known + counters.emitted + total(counters.lost));
}

TEST_F(PinnedStateInDetail, WhatOtherProgramsHadLostStaysCounted) {
  options_.events_per_container = 10;
  Arena arena;
  ASSERT_NO_FATAL_FAILURE(leave_unread(arena, "small-flood"));  // a thousand behaviours
  ++options_.events_per_container;
  ASSERT_NO_FATAL_FAILURE(open());
  ASSERT_TRUE(now_->seed_tasks());
  const auto counters = now_->counters().at("connect");
  EXPECT_GE(counters.lost.at("quota"), 900U);
  EXPECT_EQ(counters.seen, counters.known + counters.emitted + total(counters.lost));
}

TEST_F(PinnedStateInDetail, WhatIsNotWholeIsNotTakenOver) {
  ASSERT_NO_FATAL_FAILURE(open());
  end();
  fs::remove(options_.pins + "/map_slots");
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_EQ(now_->predecessor(), Predecessor::replaced);
  EXPECT_EQ(now_->takeover_problem(), "map_slots is missing: No such file or directory");
  ASSERT_TRUE(now_->seed_tasks());
  end();
  fs::remove(options_.pins + "/description");
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_EQ(now_->predecessor(), Predecessor::replaced);
  EXPECT_EQ(now_->takeover_problem(),
            "the description of the pinned state is missing: No such file or directory");
  ASSERT_TRUE(now_->seed_tasks());
  end();
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_EQ(now_->predecessor(), Predecessor::taken_over);
}

// Those of keys that went while the one before ended: else the cache would be full after some restarts.
TEST_F(PinnedStateInDetail, FreePlacesStayFree) {
  options_.events_per_container = 0;
  options_.cached_per_container = 1U << 20U;
  ASSERT_NO_FATAL_FAILURE(open());
  Arena arena;
  const Slot slot = slot_of(arena);
  constexpr std::uint32_t kCache = 32768;
  std::uint64_t keys = 0;
  for (std::uint32_t round = 0; keys < 2 * kCache; round++) {
    arena.leave("flood");
    read();
    ASSERT_GT(connects_of(slot), 1000);
    // A busy kernel has no memory for a few of a flood's keys; in a full cache there is room for none of
    // them.
    ASSERT_LT(now_->counters().at("connect").uncached, 100U) << "after " << keys << " keys";
    keys += static_cast<std::uint64_t>(connects_of(slot));
    ASSERT_TRUE(now_->name(slot, 10 + round));
    ASSERT_TRUE(now_->counts());  // void keys go, and their places wait for the next time
    end();
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_TRUE(now_->adopt(arena.made().cgroup, 0));
  }
}

TEST_F(PinnedStateInDetail, TwoCannotHaveOneFolder) {
  ASSERT_NO_FATAL_FAILURE(open());
  const auto other = open_sensor(options_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message, options_.pins + " is in use by another agent that runs");
  const auto ended = end_pinned_sensor(options_.pins);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().message, other.error().message);
  end();
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_EQ(now_->predecessor(), Predecessor::taken_over);
}

TEST_F(PinnedStateInDetail, ItCanBeEnded) {
  EXPECT_FALSE(end_pinned_sensor(options_.pins)) << "nothing is there yet";
  Arena arena;
  ASSERT_NO_FATAL_FAILURE(leave_unread(arena, "udp4"));
  const auto unread = end_pinned_sensor(options_.pins);
  ASSERT_TRUE(unread) << unread.error().message;
  EXPECT_GE(*unread, 2U);
  EXPECT_TRUE(fs::is_empty(options_.pins));
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_EQ(now_->predecessor(), Predecessor::none);
}

TEST_F(PinnedStateInDetail, AFolderOutsideABpfFileSystemIsAnError) {
  options_.pins = "/tmp/plimsoll-not-pinned";
  const auto opened = open_sensor(options_);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("BPF file system"), std::string::npos) << opened.error().message;
  EXPECT_FALSE(fs::exists(options_.pins));
}

}  // namespace
}  // namespace plimsoll::kernel_test
