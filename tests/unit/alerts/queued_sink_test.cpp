// The sink's queue: bounded, patient, emptied at the end.
#include "agent/alerts/queued_sink.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <latch>
#include <string>
#include <vector>

#include "tests/unit/alerts/sample.h"

namespace plimsoll::test {
namespace {

struct Record {
  std::vector<std::string> lines;  ///< read only when the sink is gone
  std::latch entered{1}, go{1};
  int failures = 0;  ///< how many writes still fail
};

/// Stops at the gate in its first write, then writes or fails.
class Gate final : public LineWriter {
 public:
  explicit Gate(Record& record) : record_(record) {}
  Result<void> write(std::string_view line) override {
    if (record_.lines.empty() && !passed_) record_.entered.count_down();
    passed_ = true;
    record_.go.wait();
    if (record_.failures > 0) {
      --record_.failures;
      return fail("disk full");
    }
    record_.lines.emplace_back(line);
    return {};
  }

 private:
  Record& record_;
  bool passed_ = false;
};

TEST(QueuedSink, WritesWhatIsLeftInOrderWhenItEnds) {
  Record record;
  {
    QueuedSink sink(std::make_unique<Gate>(record));
    for (const char* path : {"/a", "/b", "/c"}) sink.write(sample_alert("c1", path));
    record.go.count_down();
  }
  ASSERT_EQ(record.lines.size(), 3U);
  EXPECT_EQ(record.lines[0], to_json(sample_alert("c1", "/a")) + "\n");
  EXPECT_EQ(record.lines[2], to_json(sample_alert("c1", "/c")) + "\n");
}

TEST(QueuedSink, AFullQueueDropsAndCounts) {
  Record record;
  std::uint64_t dropped = 0;
  {
    const Alert alert = sample_alert();
    QueuedSink sink(std::make_unique<Gate>(record));
    sink.write(alert);
    record.entered.wait();  // the thread holds one line and is stuck
    for (std::size_t i = 0; i < QueuedSink::kMostLines + 3; ++i) sink.write(alert);
    dropped = sink.dropped();
    record.go.count_down();
  }
  EXPECT_EQ(dropped, 3U);
  EXPECT_EQ(record.lines.size(), QueuedSink::kMostLines + 1);
}

TEST(QueuedSink, AFailedLineIsOfferedAgain) {
  Record record;
  record.failures = 1;
  {
    QueuedSink sink(std::make_unique<Gate>(record));
    sink.write(sample_alert("c1", "/a"));
    sink.write(sample_alert("c1", "/b"));
    EXPECT_EQ(sink.last_error(), "");
    record.go.count_down();
  }
  ASSERT_EQ(record.lines.size(), 2U);
  EXPECT_EQ(record.lines[0], to_json(sample_alert("c1", "/a")) + "\n");
}

TEST(Sinks, AFileGetsJsonLines) {
  const auto path = std::filesystem::temp_directory_path() / ("plimsoll-sink-" + std::to_string(getpid()));
  {
    auto sink = open_file_sink(path);
    ASSERT_TRUE(sink) << sink.error().message;
    (*sink)->write(sample_alert());
  }
  std::ifstream file(path);
  std::string line;
  EXPECT_TRUE(std::getline(file, line));
  EXPECT_EQ(line, to_json(sample_alert()));
  std::filesystem::remove(path);
}

TEST(Sinks, AClosedPipeIsAnErrorAndNotTheEnd) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  close(ends[0]);
  {
    const auto sink = make_fd_sink(ends[1]);
    sink->write(sample_alert());
  }
  close(ends[1]);
}

}  // namespace
}  // namespace plimsoll::test
