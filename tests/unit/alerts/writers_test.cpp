// Files and descriptors that alerts are written to.
#include "agent/alerts/writers.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace plimsoll::test {
namespace {

namespace fs = std::filesystem;

class Writers : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "plimsoll-alerts-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  static std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path directory_;
};

TEST_F(Writers, AppendsAndMakesTheDirectory) {
  const fs::path path = directory_ / "log" / "alerts.jsonl";
  {
    auto writer = open_file_writer(path);
    ASSERT_TRUE(writer) << writer.error().message;
    EXPECT_TRUE((*writer)->write("one\n"));
  }
  auto writer = open_file_writer(path);
  ASSERT_TRUE(writer);
  EXPECT_TRUE((*writer)->write("two\n"));
  EXPECT_EQ(content(path), "one\ntwo\n");
  struct stat file{};
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07U, 0U) << "others may read it";
}

TEST_F(Writers, FollowsLogRotation) {
  const fs::path path = directory_ / "alerts.jsonl";
  auto writer = open_file_writer(path);
  ASSERT_TRUE(writer);
  EXPECT_TRUE((*writer)->write("one\n"));
  fs::rename(path, directory_ / "alerts.jsonl.1");
  EXPECT_TRUE((*writer)->write("two\n"));
  fs::remove(path);
  EXPECT_TRUE((*writer)->write("three\n"));
  EXPECT_EQ(content(directory_ / "alerts.jsonl.1"), "one\n");
  EXPECT_EQ(content(path), "three\n");
}

TEST_F(Writers, AnUnwritablePathIsAnErrorThatNamesIt) {
  const auto writer = open_file_writer(directory_);  // a directory, which root cannot append to either
  ASSERT_FALSE(writer);
  EXPECT_NE(writer.error().message.find(directory_.string() + ": cannot be opened for appending: "),
            std::string::npos)
      << writer.error().message;
  std::ofstream(directory_ / "file") << "x";
  EXPECT_FALSE(open_file_writer(directory_ / "file" / "alerts.jsonl"));
}

TEST_F(Writers, GoesOnWhenTheDirectoryIsBack) {
  const fs::path path = directory_ / "log" / "alerts.jsonl";
  auto writer = open_file_writer(path);
  ASSERT_TRUE(writer);
  fs::remove_all(directory_ / "log");
  EXPECT_FALSE((*writer)->write("one\n"));
  fs::create_directory(directory_ / "log");
  EXPECT_TRUE((*writer)->write("one\n"));
  EXPECT_EQ(content(path), "one\n");
}

TEST_F(Writers, AFullDiskLeavesNoHalfLine) {
  const fs::path path = directory_ / "alerts.jsonl";
  auto writer = open_file_writer(path);
  ASSERT_TRUE(writer);
  EXPECT_TRUE((*writer)->write("one\n"));
  // A file-size limit stands in for the full disk: the first write is short, the second fails.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit tight{6, before.rlim_max};
  auto* const handler = signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &tight);
  const auto written = (*writer)->write("two2\n");
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(content(path), "one\n");
  EXPECT_TRUE((*writer)->write("two2\n"));
  EXPECT_EQ(content(path), "one\ntwo2\n");
}

TEST(FdWriter, ALineThatAPipeCannotTakeWholeIsContinued) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const int room = fcntl(ends[1], F_SETPIPE_SZ, 4096);
  const std::string line = std::string(static_cast<std::size_t>(room) + 100, 'a') + "\n";
  const auto writer = make_fd_writer(ends[1]);
  const auto stuck = writer->write(line);
  ASSERT_FALSE(stuck);
  EXPECT_NE(stuck.error().message.find("it has no reader"), std::string::npos);
  std::string all(2 * line.size(), '\0');
  const auto first = read(ends[0], all.data(), all.size());
  EXPECT_TRUE(writer->write(line));
  const auto second = read(ends[0], all.data() + first, all.size() - static_cast<std::size_t>(first));
  all.resize(static_cast<std::size_t>(first + second));
  EXPECT_EQ(all, line);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace plimsoll::test
