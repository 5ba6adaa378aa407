// An HTTP request and its answer, by libcurl; behind an interface, so that tests need no network.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/result.h"

namespace plimsoll {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::map<std::string, std::string> headers;
  std::string_view body;           ///< of a PUT
  std::size_t most = 64UL * 1024;  ///< of the answer's body, in bytes
  std::chrono::milliseconds connect_timeout{5'000}, timeout{30'000};
  bool direct = false;  ///< by no proxy: what is asked is this host's own, or its hypervisor's
};

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// Safe to call from several threads.
class HttpClient {
 public:
  HttpClient() = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  virtual ~HttpClient() = default;
  /// Any status is an answer. Errors, without the URL: no connection, no trust, too slow, too large.
  virtual Result<HttpAnswer> send(const HttpRequest&) = 0;
  /// What is under way, and all that follows, fails soon.
  virtual void cancel() {}
};

/// Keeps its connections. Certificates are verified, redirects not followed. Call it first where no other
/// thread runs yet: that starts libcurl.
std::unique_ptr<HttpClient> make_http_client();

}  // namespace plimsoll
