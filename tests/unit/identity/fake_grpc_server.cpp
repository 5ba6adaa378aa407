// A stand-in for containerd. Frames: RFC 9113 section 4.1; header literals without indexing: RFC 7541
// section 6.2.2.
#include "tests/unit/identity/fake_grpc_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string_view>

namespace plimsoll {
namespace {

enum FrameType : std::uint8_t { kData = 0, kHeaders = 1, kSettings = 4 };
constexpr std::uint8_t kEndStream = 1, kAck = 1, kEndHeaders = 4;

bool read_all(int fd, char* data, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = recv(fd, data + done, size - done, 0);
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

void send_text(int fd, std::string_view text) {
  static_cast<void>(!send(fd, text.data(), text.size(), MSG_NOSIGNAL));
}

std::string big_endian(std::size_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
  return out;
}

void send_frame(int fd, FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  send_text(fd, big_endian(payload.size(), 3) + static_cast<char>(type) + static_cast<char>(flags) +
                    big_endian(stream, 4) + std::string(payload));
}

std::string literal(std::string_view name, std::string_view value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + std::string(name) +
         static_cast<char>(value.size()) + std::string(value);
}

}  // namespace

FakeGrpcServer::FakeGrpcServer(const std::string& socket_path, std::map<std::string, CannedReply> replies)
    : replies_(std::move(replies)), listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (socket_path.size() >= sizeof(address.sun_path)) throw std::runtime_error("socket path too long");
  socket_path.copy(address.sun_path, socket_path.size());
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener_, 64) != 0) {
    throw std::runtime_error("cannot listen on " + socket_path);
  }
  acceptor_ = std::jthread([this] { accept_all(); });
}

FakeGrpcServer::~FakeGrpcServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : connections_) shutdown(fd, SHUT_RDWR);
  }
  workers_.clear();
  for (const int fd : connections_) close(fd);
  close(listener_);
}

void FakeGrpcServer::accept_all() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    connections_.push_back(fd);
    workers_.emplace_back([this, fd] { serve(fd); });
  }
}

void FakeGrpcServer::serve(int fd) {
  constexpr std::size_t kPreface = 24, kHeader = 9, kGrpcHeader = 5;
  char preface[kPreface];
  if (!read_all(fd, preface, kPreface)) return;
  send_frame(fd, kSettings, 0, 0, {});
  std::string request;
  for (unsigned char header[kHeader]; read_all(fd, reinterpret_cast<char*>(header), kHeader);) {
    const std::size_t size = std::size_t{header[0]} << 16U | std::size_t{header[1]} << 8U | header[2];
    const auto stream = std::uint32_t{header[5]} << 24U | std::uint32_t{header[6]} << 16U |
                        std::uint32_t{header[7]} << 8U | header[8];
    std::string payload(size, '\0');
    if (!read_all(fd, payload.data(), size)) return;
    if (header[3] == kSettings && (header[4] & kAck) == 0) send_frame(fd, kSettings, kAck, 0, {});
    if (header[3] != kData) continue;
    request += payload;
    if ((header[4] & kEndStream) != 0 && request.size() >= kGrpcHeader) {
      answer(fd, stream, request.substr(kGrpcHeader));
      request.clear();
    }
  }
}

void FakeGrpcServer::answer(int fd, std::uint32_t stream, const std::string& request) {
  const auto found = replies_.find(request);
  const CannedReply reply = found == replies_.end() ? CannedReply{.status = 5} : found->second;
  if (reply.hang) return;
  if (reply.garbage) {
    send_text(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
    shutdown(fd, SHUT_RDWR);
    return;
  }
  constexpr char kStatus200 = static_cast<char>(0x88);  // entry 8 of the static table
  send_frame(fd, kHeaders, kEndHeaders, stream, kStatus200 + literal("content-type", "application/grpc"));
  if (reply.status == 0) {
    send_frame(fd, kData, 0, stream,
               std::string(1, '\0') + big_endian(reply.message.size(), 4) + reply.message);
  }
  if (reply.keep_open) return;
  send_frame(fd, kHeaders, kEndHeaders | kEndStream, stream,
             literal("grpc-status", std::to_string(reply.status)));
}

}  // namespace plimsoll
