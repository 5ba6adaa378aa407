// The HTTP server, by civetweb with neither files nor directory listing.
#include "agent/metrics/http.h"

#include <civetweb.h>

#include <array>
#include <atomic>
#include <string_view>

namespace plimsoll {
namespace {

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Service Unavailable";
  }
}

void send(mg_connection* connection, const HttpReply& reply, bool with_body) {
  std::string head =
      "HTTP/1.1 " + std::to_string(reply.status) + " " + reason_of(reply.status) +
      "\r\nContent-Type: " + reply.content_type + "\r\nContent-Length: " + std::to_string(reply.body.size()) +
      "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n";
  if (reply.status == 405) {
    head += "Allow: GET, HEAD\r\n";
  }
  head += "\r\n";
  if (with_body) {
    head += reply.body;
  }
  mg_write(connection, head.data(), head.size());
}

}  // namespace

struct HttpServer::Impl {
  std::map<std::string, Handler> routes;
  mg_context* context = nullptr;
  std::atomic<bool> started = false;
  std::string error;
  std::uint16_t port = 0;

  // Every request ends here (the callback before civetweb's own handling), so that nothing else of civetweb's
  // can be reached.
  static int on_request(mg_connection* connection) {
    const auto* request = mg_get_request_info(connection);
    const auto& self = *static_cast<const Impl*>(request->user_data);
    const std::string_view method = request->request_method;
    const bool head = method == "HEAD";
    HttpReply reply;
    const auto route =
        request->local_uri_raw == nullptr ? self.routes.end() : self.routes.find(request->local_uri_raw);
    if (route == self.routes.end()) {
      reply = {404, reply.content_type, "not found\n"};
    } else if (method != "GET" && !head) {
      reply = {405, reply.content_type, "only GET\n"};
    } else {
      reply = route->second();
    }
    send(connection, reply, !head);
    return reply.status;
  }

  static int on_log(const mg_connection* connection, const char* message) {
    if (auto* self = static_cast<Impl*>(mg_get_user_data(mg_get_context(connection)));
        self != nullptr && !self->started) {
      self->error = message;
    }
    return 1;  // handled: civetweb writes no log of its own
  }
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  mg_stop(impl_->context);
  mg_exit_library();
}

std::uint16_t HttpServer::port() const {
  return impl_->port;
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& listen,
                                                      std::map<std::string, Handler> routes) {
  mg_init_library(MG_FEATURES_DEFAULT);
  auto impl = std::make_unique<Impl>();
  impl->routes = std::move(routes);
  mg_callbacks callbacks{};
  callbacks.begin_request = &Impl::on_request;
  callbacks.log_message = &Impl::on_log;
  // No document_root: civetweb then serves no files. Slow or silent clients are dropped, headers are bounded.
  const std::array<const char*, 15> options{"listening_ports",
                                            listen.c_str(),
                                            "num_threads",
                                            "2",
                                            "request_timeout_ms",
                                            "5000",
                                            "max_request_size",
                                            "8192",
                                            "enable_directory_listing",
                                            "no",
                                            "enable_keep_alive",
                                            "no",
                                            "decode_url",
                                            "no",  // an encoded zero byte would cut the path short
                                            nullptr};
  impl->context = mg_start(&callbacks, impl.get(), const_cast<const char**>(options.data()));
  if (impl->context == nullptr) {
    mg_exit_library();
    return fail("metrics.listen: cannot listen on \"" + listen +
                "\": " + (impl->error.empty() ? "address in use or not of this host" : impl->error) +
                "; accepted: ADDRESS:PORT, such as 127.0.0.1:9477");
  }
  impl->started = true;
  std::array<mg_server_port, 4> ports{};
  if (mg_get_server_ports(impl->context, static_cast<int>(ports.size()), ports.data()) > 0) {
    impl->port = static_cast<std::uint16_t>(ports[0].port);
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

}  // namespace plimsoll
