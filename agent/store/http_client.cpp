// HTTP by libcurl.
#include "agent/store/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <cctype>

#include "agent/core/mutex.h"

namespace plimsoll {
namespace {

constexpr std::size_t kMostHeaders = 64, kMostHeaderBytes = 4096;

struct CurlDelete {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, CurlDelete>;
using List = std::unique_ptr<curl_slist, CurlDelete>;

struct Receiving {
  HttpAnswer answer;
  std::size_t most = 0;
  bool too_large = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& to = *static_cast<Receiving*>(user);
  to.too_large = to.answer.body.size() + size > to.most;
  if (to.too_large) return 0;
  to.answer.body.append(data, size);
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& headers = static_cast<Receiving*>(user)->answer.headers;
  const std::string_view line(data, size);
  const auto colon = line.find(':');
  if (line.starts_with("HTTP/")) headers.clear();  // what came before it was "100 Continue"
  if (colon == std::string_view::npos || size > kMostHeaderBytes || headers.size() >= kMostHeaders)
    return size;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  auto value = line.substr(colon + 1);
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!value.empty() && blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && blank(value.back())) value.remove_suffix(1);
  headers[std::move(name)] = value;
  return size;
}

struct Upload {
  std::string_view body, left;
};

std::size_t on_send(char* to, std::size_t, std::size_t room, void* user) {
  auto& left = static_cast<Upload*>(user)->left;
  const auto size = left.copy(to, room);
  left.remove_prefix(size);
  return size;
}

/// A connection that was kept may have ended meanwhile: libcurl then sends once more.
int on_seek(void* user, curl_off_t offset, int) {
  auto& upload = *static_cast<Upload*>(user);
  upload.left = upload.body.substr(static_cast<std::size_t>(offset));
  return CURL_SEEKFUNC_OK;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<const std::atomic<bool>*>(user) ? 1 : 0;
}

class CurlClient final : public HttpClient {
 public:
  CurlClient() : curl_(curl_easy_init()) {}

  Result<HttpAnswer> send(const HttpRequest& request) override {
    const MutexLock lock(mutex_);
    if (!curl_) return fail("libcurl cannot be initialised");
    CURL* const curl = curl_.get();
    curl_easy_reset(curl);  // the connections stay
    Receiving receiving{.answer = {}, .most = request.most};
    Upload upload{request.body, request.body};
    List headers;
    for (const auto& [name, value] : request.headers) {
      const std::string line = std::string(name).append(": ").append(value);
      curl_slist* const longer = curl_slist_append(headers.get(), line.c_str());
      if (longer == nullptr) return fail("out of memory");
      if (!headers) headers.reset(longer);
    }
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiving);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receiving);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &cancelled_);
    if (request.direct) curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (request.method == "PUT") {
      curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
      curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_send);
      curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
      curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
      curl_easy_setopt(curl, CURLOPT_SEEKDATA, &upload);
    }
    const CURLcode code = curl_easy_perform(curl);
    if (receiving.too_large)
      return fail("the answer is too large; accepted: at most " + std::to_string(request.most) + " bytes");
    if (code != CURLE_OK) return fail(curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    receiving.answer.status = static_cast<int>(status);
    return std::move(receiving.answer);
  }

  void cancel() override { cancelled_ = true; }

 private:
  Mutex mutex_;
  std::atomic<bool> cancelled_ = false;
  Handle curl_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client() {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)kStarted;
  return std::make_unique<CurlClient>();
}

}  // namespace plimsoll
