#include "agent/store/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "agent/core/fd.h"
#include "tests/unit/store/temporary_directory.h"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class AtomicFile : public TemporaryDirectory {
 protected:
  Result<void> store(const std::string& name, const std::string& text) {
    return write_atomic(directory.get(), name, text, [this](const FileStamp& s) { stamp = s; });
  }

  std::optional<FileStamp> stamp;
  Fd directory{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
};

TEST_F(AtomicFile, WritesWholeWithModeAndStampAndLeavesNothingElse) {
  ASSERT_TRUE(store("x", "hello"));
  EXPECT_EQ(read("x"), "hello");
  EXPECT_EQ(std::filesystem::status(at("x")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_THAT(names(), ElementsAre("x"));
  EXPECT_EQ(stamp, stamp_at(directory.get(), "x"));
  EXPECT_NE(stamp, FileStamp{});
  EXPECT_EQ(stamp_at(directory.get(), "y"), FileStamp{});
}

TEST_F(AtomicFile, AReaderOfTheOldFileKeepsTheOldFile) {
  write("x", "old");
  std::ifstream reader(at("x"));
  ASSERT_TRUE(store("x", "new"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "old");
  EXPECT_EQ(read("x"), "new");
}

TEST_F(AtomicFile, AStaleTemporaryFileIsInNobodysWay) {
  write(temporary_name("x"), "half a fi");
  ASSERT_TRUE(store("x", "whole"));
  EXPECT_EQ(read("x"), "whole");
  EXPECT_THAT(names(), ElementsAre("x"));
}

TEST_F(AtomicFile, ATemporaryNameThatIsALinkIsNotFollowed) {
  write("victim", "precious");
  std::filesystem::create_symlink(at("victim"), at(temporary_name("x")));
  ASSERT_TRUE(store("x", "new"));
  EXPECT_EQ(read("victim"), "precious");
}

TEST_F(AtomicFile, AFailureLeavesTheOldFileAndNoTemporaryOne) {
  std::filesystem::create_directory(at("x"));  // a rename over a directory fails
  const auto stored = store("x", "new");
  ASSERT_FALSE(stored);
  EXPECT_THAT(stored.error().message, HasSubstr("rename failed"));
  EXPECT_FALSE(stamp);
  EXPECT_THAT(names(), ElementsAre("x"));
}

TEST_F(AtomicFile, ReadsRegularFilesOnly) {
  write("x", "hello");
  EXPECT_EQ(read_regular(directory.get(), "x", 5)->text, "hello");
  EXPECT_THAT(read_regular(directory.get(), "x", 4).error().message, HasSubstr("accepted: at most 4"));
  EXPECT_THAT(read_regular(directory.get(), "y", 9).error().message, HasSubstr("No such file"));
  std::filesystem::create_symlink("x", at("link"));
  EXPECT_THAT(read_regular(directory.get(), "link", 9).error().message, HasSubstr("symbolic link"));
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_THAT(read_regular(directory.get(), "pipe", 9).error().message, HasSubstr("not a regular file"));
  std::filesystem::create_directory(at("sub"));
  EXPECT_THAT(read_regular(directory.get(), "sub", 9).error().message, HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace plimsoll
