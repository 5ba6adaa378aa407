// The life of a slot: pending, named, host, removed.
#include "agent/engine/containers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace plimsoll::testing;

Containers::State state_of(const Containers& containers, Slot slot) {
  Containers::State state{};
  const bool found = containers.find(slot, state) != nullptr;
  EXPECT_EQ(found, state == Containers::State::container);
  return state;
}

std::vector<Slot> slots_of(const Containers::Passed& passed) {
  std::vector<Slot> slots;
  for (const auto& gone : passed.gone) {
    slots.push_back(gone.slot);
  }
  return slots;
}

std::vector<Containers::ResolveRequest> make(Containers& containers, const CgroupMade& cgroup) {
  Containers::Resolved settled;
  return containers.made(cgroup, settled);
}

TEST(Containers, EventsOfAPendingSlotComeOutInOrderWhenItIsNamed) {
  Containers containers;
  const auto asks = make(containers, made(1, "/a"));
  ASSERT_THAT(asks, SizeIs(1));
  EXPECT_EQ(asks[0].hint.creator_comm, "runc");
  EXPECT_EQ(asks[0].hint.creator_pid, 1U);
  auto late = exec(1, "/second");
  late.time += 1;
  containers.hold(std::move(late));
  containers.hold(exec(1, "/first"));
  const auto settled = containers.resolve(1, container("a"));
  EXPECT_TRUE(settled.appeared);
  ASSERT_THAT(settled.released, SizeIs(2));
  EXPECT_EQ(settled.released[0].process.argv[0], "/first");
  EXPECT_EQ(containers.held(), 0U);
  EXPECT_EQ(containers.pending(), 0U);
}

TEST(Containers, EventsThatCameBeforeTheirCgroupWaitForIt) {
  Containers containers;
  containers.hold(exec(1, "/first"));
  EXPECT_THAT(make(containers, made(1, "/a")), SizeIs(1));
  EXPECT_THAT(containers.resolve(1, container("a")).released, SizeIs(1));
}

TEST(Containers, OrphanedEventsAreCountedAsLost) {
  Containers containers;
  containers.hold(exec(1, "/x"));
  EXPECT_THAT(containers.pass(kNow + kNsPerSecond).gone, IsEmpty());
  EXPECT_THAT(slots_of(containers.pass(kNow + 11 * kNsPerSecond)), ElementsAre(1));
  EXPECT_EQ(containers.lost().at({"exec", "no_cgroup"}), 1U);
  EXPECT_EQ(containers.held(), 0U);
}

TEST(Containers, AHostSlotKeepsNothing) {
  Containers containers;
  make(containers, made(1, "/system.slice"));
  containers.hold(exec(1, "/usr/bin/secret"));
  const auto settled = containers.resolve(1, nullptr);
  EXPECT_THAT(settled.released, IsEmpty());
  EXPECT_EQ(settled.watched, nullptr);
  EXPECT_EQ(containers.held(), 0U);
  EXPECT_EQ(containers.host().at("exec"), 1U);
  EXPECT_TRUE(containers.lost().empty());
  EXPECT_EQ(state_of(containers, 1), Containers::State::host);
}

TEST(Containers, HoldingIsBoundedForASlotAndInAll) {
  Containers containers({.events_per_slot = 2, .events_in_all = 3});
  for (const Slot slot : {1U, 1U, 1U, 2U, 2U}) {
    containers.hold(exec(slot, "/x"));
  }
  EXPECT_EQ(containers.held(), 3U);
  EXPECT_EQ(containers.lost().at({"exec", "pending_full"}), 2U);
  make(containers, made(1, "/a"));
  const auto settled = containers.resolve(1, container("a"));
  EXPECT_EQ(containers.lost(*settled.watched), (Losses{{"pending_full", 1}}));
}

TEST(Containers, HoldingIsBoundedInBytes) {
  Containers containers({.bytes_in_all = 100'000});
  auto big = exec(1, "/x");
  big.process.argv.assign(1, std::string(90'000, 'a'));
  containers.hold(Activity(big));
  containers.hold(Activity(big));
  EXPECT_EQ(containers.held(), 1U);
  make(containers, made(1, "/a"));
  containers.resolve(1, nullptr);
  containers.hold(exec(2, "/x"));
  EXPECT_EQ(containers.held(), 1U) << "what was let go makes room";
}

TEST(Containers, ANestedCgroupBelongsToItsPendingParent) {
  Containers containers;
  make(containers, made(1, "/a"));
  EXPECT_THAT(make(containers, made(2, "/a/init", 1)), IsEmpty());
  containers.hold(exec(2, "/nested"));
  const auto settled = containers.resolve(1, container("a"));
  EXPECT_THAT(settled.slots, ElementsAre(1, 2));
  EXPECT_THAT(settled.released, SizeIs(1));
}

TEST(Containers, ANestedCgroupOfTheHostIsResolvedByItself) {
  Containers containers;
  make(containers, made(1, "/docker"));
  EXPECT_THAT(make(containers, made(2, "/docker/a", 1)), IsEmpty());
  const auto settled = containers.resolve(1, nullptr);
  ASSERT_THAT(settled.ask, SizeIs(1));
  EXPECT_EQ(settled.ask[0].slot, 2U);
  EXPECT_EQ(settled.ask[0].hint.path, "/docker/a");
  EXPECT_EQ(state_of(containers, 2), Containers::State::pending);
}

TEST(Containers, ANestedCgroupWhoseParentIsSettledAlreadyDoesNotWait) {
  Containers containers;
  make(containers, made(1, "/a"));
  const auto parent = containers.resolve(1, container("a"));
  Containers::Resolved settled;
  EXPECT_THAT(containers.made(made(2, "/a/init", 1), settled), IsEmpty());
  EXPECT_EQ(settled.watched, parent.watched);
  make(containers, made(3, "/docker"));
  containers.resolve(3, nullptr);
  EXPECT_THAT(make(containers, made(4, "/docker/b", 3)), SizeIs(1));
}

TEST(Containers, TwoSlotsOfOneContainerAreOneContainer) {
  Containers containers;
  make(containers, made(1, "/a"));
  make(containers, made(2, "/v2/a"));
  const auto first = containers.resolve(1, container("a"));
  const auto second = containers.resolve(2, container("a"));
  EXPECT_FALSE(second.appeared);
  EXPECT_EQ(first.watched, second.watched);
  EXPECT_THAT(containers.all(), SizeIs(1));
}

TEST(Containers, ARemovedSlotIsKeptForLateEventsAndThenForgotten) {
  Containers containers;
  make(containers, made(1, "/a"));
  const auto watched = containers.resolve(1, container("a")).watched;
  containers.removed(removed(1));
  EXPECT_EQ(watched->ended, kNow);
  EXPECT_THAT(containers.pass(kNow + 29 * kNsPerSecond).gone, IsEmpty());
  EXPECT_EQ(state_of(containers, 1), Containers::State::container);
  const auto passed = containers.pass(kNow + 31 * kNsPerSecond);
  EXPECT_THAT(slots_of(passed), ElementsAre(1));
  EXPECT_THAT(passed.ended, ElementsAre(watched));
  EXPECT_THAT(containers.all(), IsEmpty());
}

TEST(Containers, AContainerThatIsStartedAgainHasAnotherLife) {
  Containers containers;
  make(containers, made(1, "/a"));
  const auto first = containers.resolve(1, container("a")).watched;
  containers.removed(removed(1));
  make(containers, made(2, "/a"));
  const auto second = containers.resolve(2, container("a"));
  EXPECT_TRUE(second.appeared);
  EXPECT_NE(second.watched, first);
  EXPECT_THAT(containers.all(), ElementsAre(second.watched));
  EXPECT_EQ(state_of(containers, 1), Containers::State::container) << "late events are the first one's";
  EXPECT_THAT(containers.pass(kNow + 31 * kNsPerSecond).ended, ElementsAre(first));
  EXPECT_THAT(containers.all(), ElementsAre(second.watched));
}

TEST(Containers, ASlotRemovedWhilePendingWaitsForItsName) {
  Containers containers;
  make(containers, made(1, "/a"));
  containers.hold(exec(1, "/x"));
  containers.removed(removed(1));
  EXPECT_THAT(containers.pass(kNow + 31 * kNsPerSecond).gone, IsEmpty());
  EXPECT_THAT(containers.resolve(1, container("a")).released, SizeIs(1));
}

TEST(Containers, RemovingANestedCgroupDoesNotEndTheContainer) {
  Containers containers;
  make(containers, made(1, "/a"));
  const auto watched = containers.resolve(1, container("a")).watched;
  auto nested = removed(1);
  nested.cgroup.id = 77;
  containers.removed(nested);
  EXPECT_EQ(watched->ended, 0);
}

TEST(Containers, AnAnswerForASlotThatIsSettledIsIgnored) {
  Containers containers;
  make(containers, made(1, "/a"));
  containers.resolve(1, container("a"));
  EXPECT_THAT(containers.resolve(1, nullptr).slots, IsEmpty());
  EXPECT_THAT(containers.resolve(9, nullptr).slots, IsEmpty());
  EXPECT_EQ(state_of(containers, 1), Containers::State::container);
}

}  // namespace
}  // namespace plimsoll
