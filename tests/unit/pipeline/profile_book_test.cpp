// Profiles in memory and on disk: generations, saving, and what an operator changed by hand.
#include "agent/pipeline/profile_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pipeline/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace plimsoll::testing;

ProfileBook::DiskState disk(std::vector<Profile> files, bool unwritten = false, bool unreadable = false) {
  return {std::move(files), [unreadable](const Profile&) { return unreadable; },
          [unwritten](const ProfileKey&) { return unwritten; }};
}

Behaviour runs(const std::string& path) {
  return exec(1, path).behaviour;
}

void learn(ProfileRecord& record, const std::string& path) {
  record.profile.behaviours[runs(path)].first_seen = kNow;
  record.unsaved.insert(runs(path));
  record.dirty = true;
}

TEST(ProfileBook, OneProfileAnImage) {
  ProfileBook book;
  auto& first = book.of(*container("a"));
  EXPECT_EQ(&book.of(*container("b")), &first);
  EXPECT_NE(&book.of(*container("c", "other")), &first);
  EXPECT_EQ(first.profile.lineage.repository, "shop/web");
  EXPECT_THAT(first.profile.tags, ElementsAre("1"));
}

TEST(ProfileBook, TheNextImageOfALineageInherits) {
  ProfileBook book;
  learn(book.of(*container("a")), "/bin/a");
  Container next = *container("b");
  next.image_id = "sha256:next";
  next.image = "shop/web:2";
  const auto& inherited = book.of(next).profile;
  EXPECT_EQ(inherited.parent, "sha256:shop/web");
  EXPECT_EQ(inherited.image_id, "sha256:next");
  EXPECT_THAT(inherited.tags, ElementsAre("2"));
  EXPECT_TRUE(inherited.behaviours.contains(runs("/bin/a")));
}

TEST(ProfileBook, AContainerWithoutANameIsNotKept) {
  ProfileBook book;
  auto& record = book.of(*unnamed("x"));
  record.dirty = true;
  EXPECT_FALSE(record.kept);
  EXPECT_THAT(book.take_dirty(kNow, kNow), IsEmpty());
}

TEST(ProfileBook, WhatChangedIsHandedOverOnceAndNotTooOften) {
  ProfileBook book;
  learn(book.of(*container("a")), "/bin/a");
  EXPECT_THAT(book.take_dirty(kNow, kNow), SizeIs(1));
  EXPECT_THAT(book.take_dirty(kNow, kNow), IsEmpty());
  learn(book.of(*container("a")), "/bin/b");
  EXPECT_THAT(book.take_dirty(kNow + 1, kNow - 1), IsEmpty()) << "written a moment ago";
  EXPECT_THAT(book.take_dirty(kNow + 1, kNow), SizeIs(1));
}

TEST(ProfileBookReload, WhatAnOperatorTookOutOfTheFileIsGone) {
  ProfileBook book;
  auto& record = book.of(*container("a"));
  learn(record, "/bin/a");
  learn(record, "/bin/b");
  auto file = book.take_dirty(kNow, kNow).at(0);
  file.behaviours.erase(runs("/bin/a"));
  learn(record, "/bin/c");
  const auto epoch = record.epoch;
  EXPECT_THAT(book.reload(disk({file})), ElementsAre(&record));
  EXPECT_FALSE(record.profile.behaviours.contains(runs("/bin/a")));
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/b")));
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/c"))) << "learned since and not written yet";
  EXPECT_GT(record.epoch, epoch);
}

TEST(ProfileBookReload, WhatNeverReachedTheDiskIsNotTakenForRemoved) {
  ProfileBook book;
  auto& record = book.of(*container("a"));
  const auto file = record.profile;
  learn(record, "/bin/a");
  book.take_dirty(kNow, kNow);
  EXPECT_THAT(book.reload(disk({file}, true)), IsEmpty());
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/a")));
}

TEST(ProfileBookReload, ATombstoneWinsOverWhatWasJustLearned) {
  ProfileBook book;
  auto& record = book.of(*container("a"));
  auto file = record.profile;
  file.tombstones.insert(runs("/bin/a"));
  learn(record, "/bin/a");
  EXPECT_THAT(book.reload(disk({file})), ElementsAre(&record));
  EXPECT_FALSE(record.profile.behaviours.contains(runs("/bin/a")));
}

TEST(ProfileBookReload, AnAddedEntryIsTakenIn) {
  ProfileBook book;
  auto& record = book.of(*container("a"));
  auto file = record.profile;
  file.behaviours[runs("/bin/allowed")];
  EXPECT_THAT(book.reload(disk({file})), ElementsAre(&record));
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/allowed")));
}

TEST(ProfileBookReload, ARemovedFileEmptiesItsProfile) {
  ProfileBook book;
  auto& record = book.of(*container("a"));
  learn(record, "/bin/a");
  book.take_dirty(kNow, kNow);
  EXPECT_THAT(book.reload(disk({})), ElementsAre(&record));
  EXPECT_TRUE(record.profile.behaviours.empty());
  EXPECT_EQ(record.profile.lineage.repository, "shop/web");
}

TEST(ProfileBookReload, ABrokenFileLeavesItsProfileAlone) {
  ProfileBook book;
  auto& record = book.of(*container("a"));
  learn(record, "/bin/a");
  book.take_dirty(kNow, kNow);
  EXPECT_THAT(book.reload(disk({}, false, true)), IsEmpty());
  EXPECT_TRUE(record.profile.behaviours.contains(runs("/bin/a")));
}

TEST(ProfileBookReload, WhatWasInheritedAndNeverWrittenStays) {
  ProfileBook book;
  learn(book.of(*container("a")), "/bin/a");
  const auto file = book.take_dirty(kNow, kNow).at(0);
  Container next = *container("b");
  next.image_id = "sha256:next";
  const auto& inherited = book.of(next);
  EXPECT_THAT(book.reload(disk({file})), IsEmpty());
  EXPECT_TRUE(inherited.profile.behaviours.contains(runs("/bin/a")));
}

TEST(ProfileBookReload, NothingChangedIsNoChange) {
  ProfileBook book;
  auto& record = book.of(*container("a"));
  learn(record, "/bin/a");
  const auto file = book.take_dirty(kNow, kNow).at(0);
  EXPECT_THAT(book.reload(disk({file})), IsEmpty());
  EXPECT_EQ(record.profile, file);
}

}  // namespace
}  // namespace plimsoll
