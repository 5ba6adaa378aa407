// What both ends of the control socket share: an owned descriptor, addresses, bounded lines.
#pragma once

#include <sys/un.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "agent/core/result.h"

namespace plimsoll {

/// Closes what it holds.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Fails on an empty path and on one longer than the address can hold (107 bytes).
Result<sockaddr_un> unix_address(const std::string& path);

/// A connected stream socket, or -1 with errno set.
Fd connect_unix(const sockaddr_un& address);

/// Sends all of it; false when the peer has gone, took too long (SO_SNDTIMEO), or the socket was shut down.
bool send_all(int fd, std::string_view bytes);

/// Splits what arrives into lines of at most `most` bytes.
class LineReader {
 public:
  enum class Status { line, closed, timed_out, too_long };

  LineReader(int fd, std::size_t most) : fd_(fd), most_(most) {}
  /// Reads on until `line` is whole (without its newline). A zero `time` waits for ever.
  Status next(std::string& line, std::chrono::milliseconds time);

 private:
  int fd_;
  std::size_t most_;
  std::string buffer_;
};

}  // namespace plimsoll
