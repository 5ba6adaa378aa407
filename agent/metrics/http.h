// A small HTTP server for /metrics, /healthz and /readyz: GET and HEAD only, no files, two threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/core/result.h"

namespace plimsoll {

struct HttpReply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

class HttpServer {
 public:
  /// Called on one of the server's threads.
  using Handler = std::function<HttpReply()>;

  /// `listen`: "ADDRESS:PORT" or "[IPv6]:PORT"; port 0 takes a free one. `routes` by path; any other path is
  /// 404, any other method 405.
  static Result<std::unique_ptr<HttpServer>> start(const std::string& listen,
                                                   std::map<std::string, Handler> routes);
  ~HttpServer();  ///< waits for requests under way
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace plimsoll
