// Profiles in memory and on disk: generations, saving, and what an operator changed by hand.
#include "agent/engine/profile_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace plimsoll::testing;

ProfileRegistry::DiskState disk(std::vector<Profile> files, bool unwritten = false, bool unreadable = false) {
  return {std::move(files),
          {},
          [unreadable](const Profile&) { return unreadable; },
          [](const Lineage&) { return false; },
          [unwritten](const Lineage&) { return unwritten; }};
}

Behaviour runs(const std::string& path) {
  return exec(1, path).behaviour;
}

void learn(ProfileRecord& record, const std::string& path) {
  record.profile.behaviours[runs(path)].first_seen = kNow;
  record.unsaved.insert(runs(path));
  record.dirty = true;
}

Container next_of(const std::string& id) {
  Container next = *container(id);
  next.image_id = "sha256:next";
  next.image = "shop/web:2";
  return next;
}

TEST(ProfileRegistry, OneProfileALineage) {
  ProfileRegistry registry;
  auto& first = registry.of(*container("a"), kNow);
  EXPECT_EQ(&registry.of(*container("b"), kNow), &first);
  EXPECT_NE(&registry.of(*container("c", "other"), kNow), &first);
  EXPECT_EQ(first.profile.lineage.repository, "shop/web");
  EXPECT_THAT(first.profile.generations.at("sha256:shop/web").tags, ElementsAre("1"));
}

TEST(ProfileRegistry, TheNextImageOfALineageIsAGenerationOfTheSameProfile) {
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  learn(record, "/bin/a");
  EXPECT_EQ(&registry.of(next_of("b"), kNow + 60 * kNsPerSecond), &record);
  const auto& next = record.profile.generations.at("sha256:next");
  EXPECT_EQ(next.parent, "sha256:shop/web");
  EXPECT_EQ(next.began, kNow + 60 * kNsPerSecond);
  EXPECT_THAT(next.tags, ElementsAre("2"));
  EXPECT_EQ(newest(record.profile)->first, "sha256:next");
  // The old one still runs beside it.
  registry.of(*container("c"), kNow + 90 * kNsPerSecond);
  EXPECT_EQ(record.profile.generations.at("sha256:shop/web").last_seen, kNow + 90 * kNsPerSecond);
  EXPECT_EQ(newest(record.profile)->first, "sha256:next");
}

TEST(ProfileRegistry, WhatIsStableIsNotedOnceAndStaysSoWhenSomethingKnownComesBackLate) {
  ProfileRegistry registry;
  Config::Learning learning;
  constexpr WallNs kDay = 86400 * kNsPerSecond;
  auto& record = registry.of(*container("a"), kNow - 3 * kDay);
  learn(record, "/bin/a");
  auto& entry = record.profile.behaviours[runs("/bin/a")];
  entry.first_seen = kNow - kDay;
  entry.shares["h"] = {2, 2, 2, kNow};
  record.profile.classes = {Action::exec};
  record.profile.shares["h"] = {4320, 864, 2, kNow};
  registry.assess(record, learning, kNow);
  ASSERT_EQ(record.assessment.state, State::stable) << record.assessment.reason;
  EXPECT_EQ(record.profile.stable_since, kNow);
  // It comes back after a third of a day, and there was nothing new for less than three of those.
  entry.shares["h"] = {4, 4, 4, kNow + 60 * kNsPerSecond};
  registry.assess(record, learning, kNow + 60 * kNsPerSecond);
  EXPECT_EQ(record.assessment.state, State::stable);
  EXPECT_EQ(record.profile.stable_since, kNow);
  record.profile.stable_since = 0;
  registry.assess(record, learning, kNow);
  EXPECT_EQ(record.assessment.state, State::learning);
}

TEST(ProfileRegistry, AContainerWithoutANameIsNotKept) {
  ProfileRegistry registry;
  auto& record = registry.of(*unnamed("x"), kNow);
  record.dirty = true;
  EXPECT_FALSE(record.kept);
  EXPECT_THAT(registry.take_dirty(kNow, kNow), IsEmpty());
}

TEST(ProfileRegistry, WhatChangedIsHandedOverOnceAndNotTooOften) {
  ProfileRegistry registry;
  learn(registry.of(*container("a"), kNow), "/bin/a");
  EXPECT_THAT(registry.take_dirty(kNow, kNow), SizeIs(1));
  EXPECT_THAT(registry.take_dirty(kNow, kNow), IsEmpty());
  learn(registry.of(*container("a"), kNow), "/bin/b");
  EXPECT_THAT(registry.take_dirty(kNow + 1, kNow - 1), IsEmpty()) << "written a moment ago";
  EXPECT_THAT(registry.take_dirty(kNow + 1, kNow), SizeIs(1));
}

TEST(ProfileRegistry, WhatOthersLearnedIsJoinedBelowWhatWasDecidedHere) {
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  learn(record, "/bin/a");
  learn(record, "/bin/b");
  Decisions decided;
  decided.lineage = record.profile.lineage;
  decided.behaviours[runs("/bin/x")] = {false, kNow, ""};
  registry.decide(decided);
  registry.take_dirty(kNow, kNow);

  Profile theirs;
  theirs.lineage = record.profile.lineage;
  for (const char* path : {"/bin/a", "/bin/c", "/bin/x"}) {
    theirs.behaviours[runs(path)].first_host = "theirs";
  }
  theirs.tombstones.insert(runs("/bin/b"));
  const auto joined = registry.join(theirs);
  EXPECT_EQ(joined.record, &record);
  EXPECT_EQ(joined.added, 1U) << "/bin/c: /bin/x was removed here";
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/c")));
  EXPECT_FALSE(record.profile.behaviours.contains(runs("/bin/b"))) << "others have removed it";
  EXPECT_FALSE(record.profile.behaviours.contains(runs("/bin/x")));
  EXPECT_THAT(record.unsaved, ElementsAre(runs("/bin/c"))) << "or a reload takes it for removed";
  EXPECT_THAT(registry.take_dirty(kNow + 1, kNow + 1), SizeIs(1));
  EXPECT_EQ(registry.join(theirs).added, 0U);
}

TEST(ProfileRegistry, WhatOthersLearnedOfALineageThatNeverRanHereIsKept) {
  ProfileRegistry registry;
  Profile theirs;
  theirs.lineage = {"shop/web", "default"};
  theirs.behaviours[runs("/bin/a")];
  EXPECT_EQ(registry.join(theirs).added, 1U);
  EXPECT_THAT(registry.take_dirty(kNow, kNow), SizeIs(1));
  EXPECT_TRUE(registry.of(*container("a"), kNow).profile.contains(runs("/bin/a")));
}

TEST(ProfileRegistry, APatternThatOthersRemovedTakesItsExamplesAndIsAChange) {
  const auto socket_at = [](const std::string& path) {
    auto behaviour = runs("/bin/a");
    behaviour.object = ConnectObject{.proto = "unix", .dest = path, .port = 0};
    return behaviour;
  };
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  for (int n = 1; n <= 3; ++n) {
    record.profile.behaviours[socket_at("/run/worker-" + std::to_string(n) + ".sock")].first_seen = kNow;
  }
  Profile theirs;
  theirs.lineage = record.profile.lineage;
  auto pattern = socket_at("/run/worker-<n>.sock");
  pattern.pattern = true;
  theirs.tombstones.insert(pattern);
  EXPECT_TRUE(registry.join(theirs).changed) << "or their verdicts stay";
  EXPECT_THAT(record.profile.behaviours, IsEmpty());
  EXPECT_FALSE(registry.join(theirs).changed) << "it is known by now";
}

TEST(ProfileRegistryReload, WhatAnOperatorTookOutOfTheFileIsGone) {
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  learn(record, "/bin/a");
  learn(record, "/bin/b");
  auto file = registry.take_dirty(kNow, kNow).at(0);
  file.behaviours.erase(runs("/bin/a"));
  learn(record, "/bin/c");
  EXPECT_THAT(registry.reload(disk({file})), ElementsAre(&record));
  EXPECT_FALSE(record.profile.behaviours.contains(runs("/bin/a")));
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/b")));
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/c"))) << "learned since and not written yet";
}

TEST(ProfileRegistryReload, WhatNeverReachedTheDiskIsNotTakenForRemoved) {
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  const auto file = record.profile;
  learn(record, "/bin/a");
  registry.take_dirty(kNow, kNow);
  EXPECT_THAT(registry.reload(disk({file}, true)), IsEmpty());
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/a")));
}

TEST(ProfileRegistryReload, ATombstoneWinsOverWhatWasJustLearned) {
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  auto file = record.profile;
  file.tombstones.insert(runs("/bin/a"));
  learn(record, "/bin/a");
  EXPECT_THAT(registry.reload(disk({file})), ElementsAre(&record));
  EXPECT_FALSE(record.profile.behaviours.contains(runs("/bin/a")));
}

TEST(ProfileRegistryReload, AnAddedEntryIsTakenIn) {
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  auto file = record.profile;
  file.behaviours[runs("/bin/allowed")];
  EXPECT_THAT(registry.reload(disk({file})), ElementsAre(&record));
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/allowed")));
}

TEST(ProfileRegistryReload, ARemovedFileEmptiesItsProfile) {
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  learn(record, "/bin/a");
  registry.take_dirty(kNow, kNow);
  EXPECT_THAT(registry.reload(disk({})), ElementsAre(&record));
  EXPECT_TRUE(record.profile.behaviours.empty());
  EXPECT_EQ(record.profile.lineage.repository, "shop/web");
}

TEST(ProfileRegistryReload, ABrokenFileLeavesItsProfileAlone) {
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  learn(record, "/bin/a");
  registry.take_dirty(kNow, kNow);
  EXPECT_THAT(registry.reload(disk({}, false, true)), IsEmpty());
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/a")));
}

TEST(ProfileRegistryReload, DecisionsAreThoseOnDiskUnlessTheirFileIsBroken) {
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  learn(record, "/bin/a");
  const auto file = registry.take_dirty(kNow, kNow).at(0);
  auto state = disk({file});
  Decisions decided;
  decided.lineage = file.lineage;
  decided.locked = true;
  decided.behaviours[runs("/bin/b")] = {true, kNow, ""};
  state.decisions = {decided};
  EXPECT_THAT(registry.reload(state), ElementsAre(&record));
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/b")));
  EXPECT_TRUE(record.decisions.locked);
  state = disk({record.profile});
  state.undecided = [](const Lineage&) { return true; };
  registry.reload(state);
  EXPECT_TRUE(record.decisions.locked);
  registry.reload(disk({record.profile}));
  EXPECT_FALSE(record.decisions.locked) << "its file is gone";
}

TEST(ProfileRegistryReload, NothingChangedIsNoChange) {
  ProfileRegistry registry;
  auto& record = registry.of(*container("a"), kNow);
  learn(record, "/bin/a");
  const auto file = registry.take_dirty(kNow, kNow).at(0);
  EXPECT_THAT(registry.reload(disk({file})), IsEmpty());
  EXPECT_EQ(record.profile, file);
}

}  // namespace
}  // namespace plimsoll
