// Addresses, connecting and bounded lines.
#include "agent/control/socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace plimsoll {

Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  if (path.empty()) return fail("the control socket has no path");
  if (path.size() >= sizeof address.sun_path) {
    return fail(path + ": too long for a unix socket; accepted: at most " +
                std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Fd connect_unix(const sockaddr_un& address) {
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return fd;
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    fd = Fd();
    errno = error;
  }
  return fd;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

LineReader::Status LineReader::next(std::string& line, std::chrono::milliseconds time) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + time;
  std::size_t searched = 0;
  for (;;) {
    const auto newline = buffer_.find('\n', searched);
    if (newline != std::string::npos && newline <= most_) {
      line = buffer_.substr(0, newline);
      buffer_.erase(0, newline + 1);
      return Status::line;
    }
    if (newline != std::string::npos || buffer_.size() > most_) return Status::too_long;
    searched = buffer_.size();

    if (time.count() > 0) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
      pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
      const int ready = left.count() <= 0 ? 0 : poll(&readable, 1, static_cast<int>(left.count()));
      if (ready == 0) return Status::timed_out;
      if (ready < 0 && errno != EINTR) return Status::closed;
      if (ready < 0) continue;
    }
    std::array<char, 16384> chunk{};
    const ssize_t got = recv(fd_, chunk.data(), chunk.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Status::closed;
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace plimsoll
