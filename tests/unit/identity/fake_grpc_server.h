// A stand-in for containerd: gRPC over HTTP/2 on a unix socket, with an answer for each request message.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace plimsoll {

struct CannedReply {
  int status = 0;            ///< gRPC status
  std::string message = {};  ///< when status is 0
  bool hang = false;         ///< never answers
  bool keep_open = false;    ///< a stream: the message, and no end
  bool garbage = false;      ///< bytes that are no HTTP/2
};

class FakeGrpcServer {
 public:
  /// Replies are looked up by the whole request message; another one gets status 5, not found.
  FakeGrpcServer(const std::string& socket_path, std::map<std::string, CannedReply> replies);
  FakeGrpcServer(const FakeGrpcServer&) = delete;
  FakeGrpcServer& operator=(const FakeGrpcServer&) = delete;
  ~FakeGrpcServer();

 private:
  void accept_all();
  void serve(int fd);
  void answer(int fd, std::uint32_t stream, const std::string& request);

  std::map<std::string, CannedReply> replies_;
  int listener_ = -1;
  std::mutex mutex_;
  std::vector<int> connections_;
  std::vector<std::jthread> workers_;
  std::jthread acceptor_;
};

}  // namespace plimsoll
