// What both ends of the control socket share: addresses, connecting, bounded lines.
#pragma once

#include <sys/un.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "agent/core/fd.h"
#include "agent/core/result.h"

namespace plimsoll {

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
