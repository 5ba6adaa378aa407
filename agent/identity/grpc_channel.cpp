// gRPC over a unix socket, by libcurl's HTTP/2.
#include "agent/identity/grpc_channel.h"

#include <curl/curl.h>

#include <charconv>
#include <memory>

#include "agent/identity/host_files.h"

namespace plimsoll {
namespace {

constexpr std::size_t kFrameHeader = 5;  // one byte: compressed or not; four: the length, big-endian

struct CurlDelete {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct MultiDelete {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using Handle = std::unique_ptr<CURL, CurlDelete>;
using Multi = std::unique_ptr<CURLM, MultiDelete>;
using List = std::unique_ptr<curl_slist, CurlDelete>;

std::string frame(std::string_view message) {
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(message.size() >> shift & 0xFFU));
  return out.append(message);
}

/// What comes back, taken apart as it arrives.
struct Answer {
  explicit Answer(const std::function<void(std::string_view)>* receiver) : on_message(receiver) {}
  std::string buffer;
  int status = -1;
  bool broken = false;
  const std::function<void(std::string_view)>* on_message;

  void take_frames() {
    while (buffer.size() >= kFrameHeader) {
      std::size_t size = 0;
      for (std::size_t i = 1; i < kFrameHeader; ++i)
        size = size << 8U | static_cast<unsigned char>(buffer[i]);
      if (buffer[0] != 0 || size > kMaxFileBytes) {
        broken = true;
        return;
      }
      if (buffer.size() < kFrameHeader + size) return;
      (*on_message)(std::string_view(buffer).substr(kFrameHeader, size));
      buffer.erase(0, kFrameHeader + size);
    }
  }
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& answer = *static_cast<Answer*>(user);
  answer.buffer.append(data, size);
  answer.take_frames();
  return answer.broken ? 0 : size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  constexpr std::string_view kStatus = "grpc-status:";
  std::string_view line(data, size);
  if (line.starts_with(kStatus)) {
    line.remove_prefix(kStatus.size());
    while (line.starts_with(' ')) line.remove_prefix(1);
    std::from_chars(line.data(), line.data() + line.size(), static_cast<Answer*>(user)->status);
  }
  return size;
}

std::unexpected<Error> error(const std::string& socket, const std::string& method, std::string_view reason) {
  return fail(socket + ": " + method + ": " + std::string(reason));
}

/// A request's texts, which libcurl only points to.
struct Request {
  std::string url, body;
  List headers;

  Request(const std::string& method, std::string_view message, const GrpcChannel::Headers& lines)
      : url("http://localhost/" + method), body(frame(message)) {
    add("content-type: application/grpc");
    add("te: trailers");
    for (const auto& line : lines) add(line);
  }

  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
    if (longer == nullptr) return;
    if (headers) return;  // it was appended in place
    headers.reset(longer);
  }
};

void prepare(CURL* curl, const Request& request, Answer& answer, const std::string& socket,
             std::chrono::milliseconds connect_timeout, std::chrono::milliseconds timeout) {
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request.headers.get());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // libcurl 7.88 greets a connection that it uses again as if it were new (curl/curl#10634); a new one on a
  // unix socket costs a tenth of a millisecond.
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
}

}  // namespace

GrpcChannel::GrpcChannel(std::string socket, std::chrono::milliseconds deadline)
    : socket_(std::move(socket)), deadline_(deadline) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(ready);  // without it every call fails, and says so
}

Result<GrpcReply> GrpcChannel::call(const std::string& method, std::string_view request,
                                    const Headers& headers) const {
  GrpcReply reply;
  const std::function<void(std::string_view)> keep = [&reply](std::string_view message) {
    reply.message = message;
  };
  Answer answer(&keep);
  const Request texts(method, request, headers);
  const Handle handle(curl_easy_init());
  if (!handle) return error(socket_, method, "out of memory");
  prepare(handle.get(), texts, answer, socket_, deadline_, deadline_);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) return error(socket_, method, curl_easy_strerror(code));
  if (answer.status < 0) return error(socket_, method, "an answer without a gRPC status");
  reply.status = answer.status;
  return reply;
}

Result<void> GrpcChannel::stream(const std::string& method, std::string_view request, const Headers& headers,
                                 const std::function<void(std::string_view)>& on_message,
                                 const std::stop_token& stop) const {
  Answer answer(&on_message);
  const Request texts(method, request, headers);
  const Handle handle(curl_easy_init());
  const Multi multi(curl_multi_init());
  if (!handle || !multi) return error(socket_, method, "out of memory");
  prepare(handle.get(), texts, answer, socket_, deadline_, std::chrono::milliseconds(0));
  curl_multi_add_handle(multi.get(), handle.get());
  int running = 1;
  {
    const std::stop_callback wake(stop, [&multi] { curl_multi_wakeup(multi.get()); });
    while (running > 0 && !stop.stop_requested()) {
      if (curl_multi_perform(multi.get(), &running) != CURLM_OK) break;
      constexpr int kPollMs = 60'000;
      if (running > 0) curl_multi_poll(multi.get(), nullptr, 0, kPollMs, nullptr);
    }
  }
  curl_multi_remove_handle(multi.get(), handle.get());
  if (stop.stop_requested()) return {};
  return error(socket_, method, answer.status < 0 ? "the stream broke" : "the stream ended");
}

}  // namespace plimsoll
