// Captures on disk: whole, damaged, and no captures at all.
#include "agent/capture/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/unit/capture/sample.h"

namespace plimsoll::capture {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class CaptureFile : public ::testing::Test {
 protected:
  CaptureFile() {
    std::string name = ::testing::TempDir() + "captureXXXXXX";
    directory = mkdtemp(name.data());
    path = directory + "/c";
  }
  ~CaptureFile() override { std::filesystem::remove_all(directory); }

  void write(const std::vector<Record>& records) const {
    std::filesystem::remove(path);
    auto writer = Writer::create(path);
    ASSERT_TRUE(writer) << writer.error().message;
    for (const Record& one : records) ASSERT_TRUE(writer->line(to_line(one)));
    ASSERT_TRUE(writer->close());
  }
  std::string bytes() const {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  void put(const std::string& bytes) const {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  /// What it says first, or "": all could be read. `read`: how many could be.
  std::string problem(std::size_t& read) const {
    read = 0;
    auto reader = Reader::open(path);
    if (!reader) return reader.error().message;
    while (true) {
      const auto record = reader->next();
      if (!record) return record.error().message;
      if (!*record) return "";
      ++read;
    }
  }
  std::string problem() const {
    std::size_t read = 0;
    return problem(read);
  }

  std::string directory, path;
};

TEST_F(CaptureFile, IsReadBackAndOnlyItsOwnersToRead) {
  write(samples());
  struct stat about{};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  auto reader = Reader::open(path);
  ASSERT_TRUE(reader) << reader.error().message;
  const auto all = samples();
  EXPECT_EQ(Record(reader->begin()), all.front());
  for (std::size_t i = 1; i < all.size(); i++) EXPECT_EQ(reader->next().value().value(), all[i]);
  EXPECT_FALSE(reader->next().value());
}

TEST_F(CaptureFile, ALongLineIsWhole) {
  write({Begin{.version = kVersion}, Baseline{std::string(3'000'000, 'x')}, Tick{1}});
  std::size_t read = 0;
  EXPECT_EQ(problem(read), "");
  EXPECT_EQ(read, 2U);
}

TEST_F(CaptureFile, OneThatIsThereIsNotReplaced) {
  put("precious");
  EXPECT_THAT(Writer::create(path).error().message, HasSubstr("accepted: a file that is not there yet"));
  std::filesystem::create_symlink("/dev/null", directory + "/link");
  EXPECT_FALSE(Writer::create(directory + "/link"));
  EXPECT_THAT(Writer::create(directory + "/no/c").error().message, StartsWith(directory + "/no/c: "));
  EXPECT_EQ(bytes(), "precious");
}

TEST_F(CaptureFile, NoCaptureAtAll) {
  EXPECT_THAT(problem(), HasSubstr("No such file"));
  put("");
  EXPECT_THAT(problem(), HasSubstr("accepted: a capture"));
  put("[image]\n");
  EXPECT_THAT(problem(), HasSubstr("not compressed; accepted: a capture"));
  std::filesystem::create_symlink(path, directory + "/link");
  EXPECT_THAT(Reader::open(directory + "/link").error().message, HasSubstr("a symbolic link; accepted: "));
  auto writer = Writer::create(directory + "/other");
  ASSERT_TRUE(writer->line(std::string("{}\0{}", 5)));
  ASSERT_TRUE(writer->close());
  EXPECT_THAT(Reader::open(directory + "/other").error().message, HasSubstr("zero byte"));
  write({Tick{1}});
  EXPECT_THAT(problem(), HasSubstr("accepted: a capture, which begins with a record \"begin\""));
  Begin later;
  later.version = kVersion + 1;
  write({later});
  EXPECT_EQ(problem(), path + ":1: begin.version: 3; accepted: 2");
  path = directory;
  EXPECT_THAT(problem(), HasSubstr("no regular file; accepted: a capture"));
}

TEST_F(CaptureFile, CutOffAnywhereIsSaid) {
  const std::vector<Record> all = samples();
  std::vector<Record> records = all;
  for (int i = 0; i < 20; i++) records.insert(records.end(), all.begin() + 1, all.end());
  write(records);
  const std::string whole = bytes();
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    put(whole.substr(0, length));
    EXPECT_NE(problem(), "") << length << " of " << whole.size() << " bytes";
  }
}

TEST_F(CaptureFile, AFlippedBitIsSaid) {
  write(samples());
  const std::string whole = bytes();
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): the same each time
  std::size_t said = 0;
  constexpr std::size_t kHeader = 10;  // of gzip: time and system, which nobody reads
  for (int i = 0; i < 500; i++) {
    std::string flipped = whole;
    flipped[kHeader + random() % (whole.size() - kHeader)] ^= static_cast<char>(1U << random() % 8);
    put(flipped);
    std::size_t read = 0;
    const bool says = !problem(read).empty();
    EXPECT_TRUE(says || read + 1 == samples().size());
    said += says ? 1 : 0;
  }
  EXPECT_GE(said, 495U) << "but for the few bits before the checksum that mean nothing";
}

TEST_F(CaptureFile, ALineWithoutEndIsRefused) {
  auto writer = Writer::create(path);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->line(to_line(Begin{.version = kVersion})));
  ASSERT_TRUE(writer->line(std::string(kMostLine + 100'000, ' ')));  // 64 KiB on the disk
  ASSERT_TRUE(writer->close());
  EXPECT_LT(std::filesystem::file_size(path), 200'000U);
  EXPECT_THAT(problem(), HasSubstr(":2: the line is longer than"));
}

}  // namespace
}  // namespace plimsoll::capture
