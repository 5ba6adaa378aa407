// Writing alert lines to files and descriptors.
#include "agent/alerts/writers.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "agent/core/fd.h"

namespace plimsoll {
namespace {

std::unexpected<Error> failed(const std::string& where, const std::string& what) {
  return fail(where + ": " + what + ": " + std::generic_category().message(errno));
}

class FileWriter final : public LineWriter {
 public:
  explicit FileWriter(std::string path) : path_(std::move(path)) {}

  Result<void> open_file() {
    fd_ = Fd();
    fd_ = Fd(open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640));
    if (!fd_) return failed(path_, "cannot be opened for appending");
    return {};
  }

  Result<void> write(std::string_view line) override {
    if (moved()) {
      if (auto opened = open_file(); !opened) return opened;
    }
    struct stat before{};
    if (fstat(fd_.get(), &before) != 0) return failed(path_, "cannot be examined");
    std::size_t done = 0;
    while (done < line.size()) {
      const ssize_t n = ::write(fd_.get(), line.data() + done, line.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        const auto error = failed(path_, "cannot be written");
        // Half a line must not stay: the next one would be glued to it. A device or pipe cannot be cut.
        if (done > 0 && S_ISREG(before.st_mode) && ftruncate(fd_.get(), before.st_size) != 0) fd_ = Fd();
        return error;
      }
      done += static_cast<std::size_t>(n);
    }
    return {};
  }

 private:
  /// The path no longer leads to the open file: logs were rotated, or the last try to open it failed.
  [[nodiscard]] bool moved() const {
    struct stat now{}, ours{};
    return !fd_ || stat(path_.c_str(), &now) != 0 || fstat(fd_.get(), &ours) != 0 ||
           now.st_ino != ours.st_ino || now.st_dev != ours.st_dev;
  }

  std::string path_;
  Fd fd_;
};

class FdWriter final : public LineWriter {
 public:
  explicit FdWriter(int fd) : fd_(fd) {}

  Result<void> write(std::string_view line) override {
    const std::string where = "file descriptor " + std::to_string(fd_);
    while (done_ < line.size()) {
      constexpr int kPatienceMs = 200;
      pollfd ready{fd_, POLLOUT, 0};
      const int n = poll(&ready, 1, kPatienceMs);
      if (n < 0 && errno != EINTR) return failed(where, "cannot be waited for");
      if (n == 0) return fail(where + ": it has no reader");
      if (n < 0) continue;
      // A pipe that is ready takes PIPE_BUF bytes without blocking.
      const ssize_t written =
          ::write(fd_, line.data() + done_, std::min<std::size_t>(line.size() - done_, PIPE_BUF));
      if (written < 0 && errno != EINTR && errno != EAGAIN) return failed(where, "cannot be written");
      if (written > 0) done_ += static_cast<std::size_t>(written);
    }
    done_ = 0;
    return {};
  }

 private:
  int fd_;
  std::size_t done_ = 0;  ///< bytes of the line on offer that are out already
};

}  // namespace

Result<std::unique_ptr<LineWriter>> open_file_writer(const std::string& path) {
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  std::error_code problem;
  if (!directory.empty() && !std::filesystem::exists(directory, problem)) {
    std::filesystem::create_directories(directory, problem);
    if (!problem) {
      using std::filesystem::perms;
      std::filesystem::permissions(directory, perms::owner_all | perms::group_read | perms::group_exec,
                                   problem);
    }
    if (problem) return fail(directory.string() + ": cannot be created: " + problem.message());
  }
  auto writer = std::make_unique<FileWriter>(path);
  if (auto opened = writer->open_file(); !opened) return std::unexpected(opened.error());
  return writer;
}

std::unique_ptr<LineWriter> make_fd_writer(int fd) {
  return std::make_unique<FdWriter>(fd);
}

}  // namespace plimsoll
