// A directory of profiles: atomic, private, and never losing what a person wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>

#include "agent/store/atomic_file.h"
#include "agent/store/store.h"
#include "profiles/key.h"
#include "profiles/toml_codec.h"
#include "tests/unit/store/temporary_directory.h"

namespace plimsoll {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Profile profile(const std::string& repository, int behaviours = 1) {
  Profile p;
  p.lineage.repository = repository;
  for (int i = 0; i < behaviours; ++i) {
    p.behaviours[{Phase::steady, "/app" + std::to_string(i), SocketObject{"packet", "raw"}, Outcome::ok}]
        .first_host = "h";
  }
  return p;
}

class DirectoryStoreTest : public TemporaryDirectory {
 protected:
  std::unique_ptr<ProfileStore> open() {
    auto opened = open_directory_store(path);
    EXPECT_TRUE(opened) << opened.error().message;
    return *std::move(opened);
  }
  /// What a fresh agent would load.
  LoadedProfiles reload_profile() { return *open()->load(); }

  const Profile web = profile("web");
  const std::string web_file = file_name(web.lineage);
};

TEST_F(DirectoryStoreTest, MakesThePathPrivate) {
  const std::string deep = at("var/lib/profiles");
  ASSERT_TRUE(open_directory_store(deep));
  EXPECT_EQ(std::filesystem::status(deep).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(DirectoryStoreTest, KeepsProfilesAcrossAgents) {
  {
    const auto store = open();
    EXPECT_THAT(store->load()->profiles, IsEmpty());
    ASSERT_TRUE(store->save(web));
    ASSERT_TRUE(store->save(profile("db")));
    ASSERT_TRUE(store->save(profile("web", 3)));
    EXPECT_EQ(store->where(web), at(web_file));
  }
  const LoadedProfiles loaded = reload_profile();
  EXPECT_THAT(loaded.errors, IsEmpty());
  EXPECT_THAT(loaded.profiles, testing::UnorderedElementsAre(profile("web", 3), profile("db")));
  EXPECT_EQ(std::filesystem::status(at(web_file)).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

Behaviour mounts(const std::string& target) {
  return {Phase::steady, "/app", MountObject{"mount", "tmpfs", "none", target}, Outcome::ok};
}

TEST_F(DirectoryStoreTest, WhatIsDecidedIsAddedToWhatStandsThere) {
  const auto allow = [](const std::string& target) {
    return [target](Decisions& d) { d.behaviours[mounts(target)].allowed = true; };
  };
  const std::string file = decisions_file_name(web.lineage);
  {
    const auto store = open();
    ASSERT_TRUE(store->decide(web.lineage, allow("/a")));
    Decisions by_hand = *decisions_from_toml(read(file), file);
    by_hand.locked = true;
    write(file, to_toml(by_hand));
    const auto now = store->decide(web.lineage, allow("/b"));
    ASSERT_TRUE(now) << now.error().message;
    EXPECT_TRUE(now->locked) << "an edit by hand since the agent read it";
    EXPECT_THAT(now->behaviours, SizeIs(2));
    EXPECT_EQ(store->where_decided(web.lineage), at(file));
  }
  write(temporary_name(file), "half");
  const LoadedProfiles loaded = reload_profile();
  EXPECT_THAT(loaded.profiles, IsEmpty());
  ASSERT_THAT(loaded.decisions, SizeIs(1));
  EXPECT_TRUE(loaded.decisions[0].locked);
  EXPECT_THAT(names(), testing::UnorderedElementsAre(".lock", file));
}

TEST_F(DirectoryStoreTest, DecisionsThatCouldNotBeReadAgainAreNotWritten) {
  const auto store = open();
  const auto decided =
      store->decide(web.lineage, [](Decisions& d) { d.forgotten.insert({-kNsPerSecond, kNsPerSecond, ""}); });
  ASSERT_FALSE(decided);
  EXPECT_THAT(decided.error().message, HasSubstr("forgotten.from: bad time"));
  EXPECT_THAT(names(), ElementsAre(".lock"));
}

TEST_F(DirectoryStoreTest, ThatLearningIsPausedIsKnownAtTheNextStart) {
  EXPECT_FALSE(reload_profile().paused);
  ASSERT_TRUE(open()->pause(true));
  EXPECT_TRUE(reload_profile().paused);
  ASSERT_TRUE(open()->pause(false));
  ASSERT_TRUE(open()->pause(false));
  EXPECT_FALSE(reload_profile().paused);
}

TEST_F(DirectoryStoreTest, DecisionsThatCannotBeReadStayAsTheyAre) {
  const std::string file = decisions_file_name(web.lineage);
  write(file, "broken =");
  const auto store = open();
  const auto decided = store->decide(web.lineage, [](Decisions& d) { d.locked = true; });
  ASSERT_FALSE(decided);
  EXPECT_THAT(decided.error().message, testing::StartsWith(at(file) + ":1: not TOML"));
  EXPECT_EQ(read(file), "broken =");
  EXPECT_THAT(store->load()->errors, SizeIs(1));
  Decisions other;
  other.lineage = {"db"};
  write(file, to_toml(other));
  EXPECT_THAT(store->load()->errors.at(0).message, HasSubstr(decisions_file_name(other.lineage)));
}

TEST_F(DirectoryStoreTest, OneAgentADirectory) {
  auto first = open();
  const auto second = open_directory_store(path);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, AllOf(HasSubstr(path), HasSubstr("in use by another agent")));
  first.reset();
  EXPECT_TRUE(open_directory_store(path));
}

TEST_F(DirectoryStoreTest, RefusesADirectoryWhereOthersMayWrite) {
  std::filesystem::permissions(path, std::filesystem::perms::all);
  const auto opened = open_directory_store(path);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("other users may write in it"));
}

TEST_F(DirectoryStoreTest, RefusesWhatIsNoDirectory) {
  write("file", "");
  EXPECT_FALSE(open_directory_store(at("file")));
  EXPECT_FALSE(open_directory_store(at("file/below")));
}

TEST_F(DirectoryStoreTest, TidiesUpAfterAWriterThatDied) {
  write(web_file, to_toml(web));
  write(temporary_name(web_file), to_toml(profile("web", 3)).substr(0, 300));
  write(".other.tmp", "not ours");
  const LoadedProfiles loaded = reload_profile();
  EXPECT_THAT(loaded.profiles, ElementsAre(web));
  EXPECT_THAT(loaded.errors, IsEmpty());
  EXPECT_THAT(names(), testing::UnorderedElementsAre(".lock", ".other.tmp", web_file));
}

TEST_F(DirectoryStoreTest, AKilledWriterLeavesTheOldFileOrTheNewOne) {
  const Profile small = profile("web", 1);
  const Profile large = profile("web", 400);
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::array<int, 2> wrote{};
    ASSERT_EQ(pipe(wrote.data()), 0);
    const pid_t writer = fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) {
      auto store = open_directory_store(path);
      if (!store || !(*store)->load()) _exit(1);
      while ((*store)->save(small) && (*store)->save(large) && ::write(wrote[1], "x", 1) == 1) {
      }
      _exit(2);
    }
    close(wrote[1]);
    for (int i = 0; i <= round % 4; ++i) {
      char byte = 0;
      ASSERT_EQ(::read(wrote[0], &byte, 1), 1);
    }
    usleep(std::uniform_int_distribution<useconds_t>(0, 3000)(random));  // wherever in its writing it is then
    kill(writer, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(writer, &status, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
    close(wrote[0]);
    const LoadedProfiles loaded = reload_profile();
    ASSERT_THAT(loaded.errors, IsEmpty());
    ASSERT_THAT(loaded.profiles, SizeIs(1));
    EXPECT_TRUE(loaded.profiles[0] == small || loaded.profiles[0] == large);
  }
}

TEST_F(DirectoryStoreTest, ABrokenFileIsReportedAndTheOthersAreLoaded) {
  ASSERT_TRUE(open()->save(profile("db")));
  write(web_file, "format = \"1.0\"\n[image]\nrepository = 7\n");
  const LoadedProfiles loaded = reload_profile();
  EXPECT_THAT(loaded.profiles, ElementsAre(profile("db")));
  ASSERT_THAT(loaded.errors, SizeIs(1));
  EXPECT_THAT(loaded.errors[0].message, HasSubstr(at(web_file) + ":3: image.repository: is of type integer"));
  EXPECT_EQ(read(web_file), "format = \"1.0\"\n[image]\nrepository = 7\n");
}

TEST_F(DirectoryStoreTest, SavingOverABrokenFileMovesItAside) {
  for (const std::string broken : {"first", "second"}) {
    write(web_file, broken);
    const auto store = open();
    EXPECT_THAT(store->load()->errors, SizeIs(1));
    ASSERT_TRUE(store->save(web));
    ASSERT_TRUE(store->save(web));
  }
  EXPECT_EQ(read(web_file + ".broken-1"), "first");
  EXPECT_EQ(read(web_file + ".broken-2"), "second");
  EXPECT_FALSE(exists(web_file + ".broken-3"));
  EXPECT_THAT(reload_profile().profiles, ElementsAre(web));
  EXPECT_THAT(reload_profile().errors, IsEmpty());
}

TEST_F(DirectoryStoreTest, WhatAPersonChangedMeanwhileIsNotOverwritten) {
  const auto store = open();
  ASSERT_TRUE(store->load());
  ASSERT_TRUE(store->save(profile("web", 3)));
  const std::string edited = to_toml(web);
  write(web_file, edited);
  const auto saved = store->save(profile("web", 4));
  ASSERT_FALSE(saved);
  EXPECT_THAT(saved.error().message, AllOf(HasSubstr(at(web_file)), HasSubstr("changed by someone else")));
  EXPECT_EQ(read(web_file), edited);
  // Once read, it is the agent's to go on with.
  ASSERT_TRUE(store->load());
  EXPECT_TRUE(store->save(profile("web", 4)));
}

TEST_F(DirectoryStoreTest, OnlyAFileOfItsOwnIsRemoved) {
  const auto store = open();
  ASSERT_TRUE(store->load());
  EXPECT_TRUE(store->remove(web.lineage)) << "there is none";
  ASSERT_TRUE(store->save(web));
  ASSERT_TRUE(store->remove(web.lineage));
  EXPECT_FALSE(std::filesystem::exists(at(web_file)));
  EXPECT_TRUE(store->save(web)) << "it comes back";
  write(web_file, to_toml(profile("web", 3)));
  const auto edited = store->remove(web.lineage);
  ASSERT_FALSE(edited);
  EXPECT_THAT(edited.error().message, HasSubstr("changed by someone else"));
  write(web_file, "no profile");
  ASSERT_TRUE(store->load());
  write(web_file, "no profile either");
  ASSERT_TRUE(store->load());
  EXPECT_FALSE(store->remove(web.lineage));
  EXPECT_TRUE(std::filesystem::exists(at(web_file)));
}

TEST_F(DirectoryStoreTest, AnEditThatBrokeAFileIsLeftToBeMended) {
  const auto store = open();
  ASSERT_TRUE(store->load());
  ASSERT_TRUE(store->save(web));
  write(web_file, "half an edit");
  EXPECT_THAT(store->load()->errors, SizeIs(1));
  EXPECT_FALSE(store->save(web));
  EXPECT_EQ(read(web_file), "half an edit");
  write(web_file, to_toml(profile("web", 2)));
  EXPECT_THAT(store->load()->profiles, ElementsAre(profile("web", 2)));
  EXPECT_TRUE(store->save(web));
}

TEST_F(DirectoryStoreTest, ABrokenFileThatWasMendedMeanwhileIsNotMovedAside) {
  write(web_file, "broken");
  const auto store = open();
  EXPECT_THAT(store->load()->errors, SizeIs(1));
  write(web_file, to_toml(web));
  EXPECT_FALSE(store->save(profile("web", 3)));
  EXPECT_EQ(read(web_file), to_toml(web));
}

TEST_F(DirectoryStoreTest, AFileThatWasPutThereUnreadIsNotOverwritten) {
  const auto store = open();
  ASSERT_TRUE(store->load());
  write(web_file, to_toml(web));
  EXPECT_FALSE(store->save(profile("web", 3)));
  std::filesystem::remove(at(web_file));
  EXPECT_TRUE(store->save(profile("web", 3)));
}

TEST_F(DirectoryStoreTest, LinksAreRefusedAndNeverWrittenThrough) {
  write("victim", to_toml(web));
  std::filesystem::create_symlink(at("victim"), at(web_file));
  const auto store = open();
  const auto loaded = store->load();
  EXPECT_THAT(loaded->profiles, IsEmpty());
  ASSERT_THAT(loaded->errors, SizeIs(1));
  EXPECT_THAT(loaded->errors[0].message, HasSubstr(at(web_file) + ": is a symbolic link"));
  ASSERT_TRUE(store->save(profile("web", 3)));
  EXPECT_EQ(read("victim"), to_toml(web));
  EXPECT_TRUE(std::filesystem::is_symlink(at(web_file + ".broken-1")));
  EXPECT_EQ(read(web_file), to_toml(profile("web", 3)));
}

TEST_F(DirectoryStoreTest, ALinkForALockIsRefused) {
  std::filesystem::create_symlink(at("victim"), at(".lock"));
  EXPECT_FALSE(open_directory_store(path));
  EXPECT_FALSE(exists("victim"));
}

TEST_F(DirectoryStoreTest, AFileWithAnotherImagesNameIsAnError) {
  write(web_file, to_toml(profile("db")));
  const LoadedProfiles loaded = reload_profile();
  EXPECT_THAT(loaded.profiles, IsEmpty());
  ASSERT_THAT(loaded.errors, SizeIs(1));
  EXPECT_THAT(loaded.errors[0].message, HasSubstr(file_name(profile("db").lineage)));
}

TEST_F(DirectoryStoreTest, AnOversizedFileIsNotRead) {
  write(web_file, "");
  std::filesystem::resize_file(at(web_file), kMaxProfileText + 1);
  ASSERT_THAT(reload_profile().errors, SizeIs(1));
  EXPECT_THAT(reload_profile().errors[0].message, HasSubstr("accepted: at most 16777216"));
}

TEST_F(DirectoryStoreTest, OtherFilesAreLeftAlone) {
  write("README", "hands off");
  write("web.toml", "not a hash");
  write(web_file + ".bak", "mine");
  EXPECT_THAT(reload_profile().errors, IsEmpty());
  EXPECT_THAT(names(), testing::UnorderedElementsAre(".lock", "README", "web.toml", web_file + ".bak"));
}

}  // namespace
}  // namespace plimsoll
