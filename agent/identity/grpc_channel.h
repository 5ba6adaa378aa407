// gRPC over a unix socket, by libcurl's HTTP/2: unary calls and one-way streams.
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/result.h"

namespace plimsoll {

constexpr int kGrpcOk = 0;
constexpr int kGrpcNotFound = 5;

struct GrpcReply {
  int status = kGrpcOk;
  std::string message;  ///< the answer when status is ok
};

class GrpcChannel {
 public:
  GrpcChannel(std::string socket, std::chrono::milliseconds deadline);

  using Headers = std::vector<std::string>;  ///< "name: value"

  /// Safe to call from several threads. An Error is one of transport: no daemon, the deadline, a broken
  /// answer.
  [[nodiscard]] Result<GrpcReply> call(const std::string& method, std::string_view request,
                                       const Headers&) const;

  /// Passes on each message of a stream until it ends, breaks, or a stop is asked for (then there is no
  /// error).
  [[nodiscard]] Result<void> stream(const std::string& method, std::string_view request, const Headers&,
                                    const std::function<void(std::string_view)>& on_message,
                                    const std::stop_token& stop) const;

 private:
  std::string socket_;
  std::chrono::milliseconds deadline_;
};

}  // namespace plimsoll
