// S3's few requests that a fleet needs: GET, PUT and ListObjectsV2.
#include "agent/store/s3.h"

#include <algorithm>
#include <atomic>

#include "agent/core/text.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

constexpr int kTries = 3;
constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::size_t kMostListed = 1024UL * 1024, kMostPages = 1000;
constexpr int kOk = 200, kNotModified = 304, kUnauthorized = 401, kForbidden = 403, kNotFound = 404,
              kConflict = 409, kPreconditionFailed = 412, kTooMany = 429, kServerError = 500;

/// The text of the first such element; S3's answers nest none of those that we ask for.
std::string element(std::string_view xml, std::string_view name, std::size_t& at) {
  const std::string open = "<" + std::string(name) + ">", close = "</" + std::string(name) + ">";
  const auto start = xml.find(open, at);
  const auto end = start == std::string_view::npos ? start : xml.find(close, start);
  at = end;
  if (end == std::string_view::npos) return {};
  return std::string(xml.substr(start + open.size(), end - start - open.size()));
}

std::string element(std::string_view xml, std::string_view name) {
  std::size_t at = 0;
  return element(xml, name, at);
}

std::string bare(const std::string& etag) {
  const bool quoted = etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"');
  return quoted ? etag.substr(1, etag.size() - 2) : etag;
}

class S3 final : public ObjectStore {
 public:
  S3(S3Place place, S3Parts parts) : place_(std::move(place)), parts_(std::move(parts)) {
    const std::string aws =
        "s3." + place_.region + (place_.region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
    // AWS's certificates are for one label before its own: not for a bucket with a dot in its name.
    path_style_ = !place_.endpoint.empty() || place_.bucket.find('.') != std::string::npos;
    base_ = !place_.endpoint.empty() ? place_.endpoint
                                     : "https://" + (path_style_ ? "" : place_.bucket + ".") + aws;
    host_ = base_.substr(base_.find("://") + 3);
  }

  Result<Got> get(const std::string& key, const std::string& unless_etag) override {
    AwsRequest request = request_for("GET", key);
    if (!unless_etag.empty()) request.headers["if-none-match"] = unless_etag;
    auto answer = send(request, kMaxProfileText);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == kNotModified) return NotModified{};
    if (answer->status == kNotFound && element(answer->body, "Code") != "NoSuchBucket") return NotThere{};
    if (answer->status != kOk) return refused("GET", key, *answer);
    return StoredObject{std::move(answer->body), answer->headers["etag"]};
  }

  Result<Put> put(const std::string& key, std::string_view body, const Condition& condition) override {
    AwsRequest request = request_for("PUT", key);
    request.body = body;
    request.headers["content-type"] = "application/toml";
    if (condition.absent) request.headers["if-none-match"] = "*";
    if (!condition.etag.empty())
      request.headers["if-match"] = bare_etags_ ? bare(condition.etag) : condition.etag;
    if (body.size() > kMaxProfileText) {
      return fail(named("PUT", key) + std::to_string(body.size()) + " bytes; accepted: at most " +
                  std::to_string(kMaxProfileText));
    }
    auto answer = send(request, kMostListed);
    if (answer && answer->status == kPreconditionFailed && bare(condition.etag) != condition.etag &&
        !bare_etags_) {
      // Ceph compares the header with an etag without its quotes. Where the object has changed, this is
      // refused as well.
      request.headers["if-match"] = bare(condition.etag);
      answer = send(request, kMostListed);
      bare_etags_ = answer && answer->status == kOk;
    }
    if (!answer) return std::unexpected(answer.error());
    const bool conditional = condition.absent || !condition.etag.empty();
    // 404: the object that was to be replaced has gone.
    if (conditional && (answer->status == kPreconditionFailed || answer->status == kConflict ||
                        (answer->status == kNotFound && element(answer->body, "Code") == "NoSuchKey")))
      return PreconditionFailed{};
    if (answer->status != kOk) return refused("PUT", key, *answer);
    return Written{answer->headers["etag"]};
  }

  Result<std::vector<std::string>> list(const std::string& prefix) override {
    std::vector<std::string> keys;
    std::string next;
    for (std::size_t page = 0; page < kMostPages; ++page) {
      AwsRequest request = request_for("GET", "");
      request.query = {{"list-type", "2"}, {"prefix", place_.prefix + prefix}};
      if (!next.empty()) request.query["continuation-token"] = next;
      const auto answer = send(request, kMostListed);
      if (!answer) return std::unexpected(answer.error());
      if (answer->status != kOk) return refused("LIST", prefix, *answer);
      for (std::size_t at = 0;;) {
        const std::string key = element(answer->body, "Key", at);
        if (at == std::string::npos) break;
        if (key.starts_with(place_.prefix)) keys.push_back(key.substr(place_.prefix.size()));
      }
      next = element(answer->body, "NextContinuationToken");
      if (next.empty() || element(answer->body, "IsTruncated") != "true") break;
    }
    std::ranges::sort(keys);
    return keys;
  }

  [[nodiscard]] std::string where() const override {
    return "s3://" + place_.bucket + "/" + place_.prefix +
           (place_.endpoint.empty() ? " in " + place_.region : " at " + place_.endpoint);
  }

 private:
  /// An empty key: the bucket.
  [[nodiscard]] AwsRequest request_for(const char* method, const std::string& key) const {
    const std::string bucket = path_style_ ? "/" + place_.bucket : "";
    return {.method = method,
            .host = host_,
            .path = bucket + "/" + (key.empty() ? "" : place_.prefix + key),
            .query = {},
            .headers = {},
            .body = {}};
  }

  [[nodiscard]] std::string named(const std::string& method, const std::string& key) const {
    return where() + ": " + method + " " + key + ": ";
  }

  [[nodiscard]] std::unexpected<Error> refused(const std::string& method, const std::string& key,
                                               const HttpAnswer& answer) const {
    constexpr std::size_t kMostText = 200;
    std::string what = named(method, key) + "status " + std::to_string(answer.status);
    for (const char* part : {"Code", "Message"}) {
      if (const auto text = element(answer.body, part); !text.empty())
        what += ": " + escape(text.substr(0, kMostText));
    }
    if (const auto region = answer.headers.find("x-amz-bucket-region");
        region != answer.headers.end() && region->second != place_.region)
      what += "; the bucket's region is " + escape(region->second.substr(0, kMostText));
    return fail(what);
  }

  Result<HttpAnswer> send(const AwsRequest& request, std::size_t most) {
    for (int tried = 1;; ++tried) {
      const auto keys = parts_.credentials.keys(parts_.clock.now());
      if (!keys) return fail(where(), keys.error());
      HttpRequest http{.method = request.method, .url = base_ + uri_encode(request.path, true)};
      if (!request.query.empty()) http.url += "?" + query_text(request.query);
      http.headers = request.headers;
      http.headers.merge(sign(request, *keys, place_.region, parts_.clock.now()));
      http.body = request.body;
      http.most = most;
      auto answer = parts_.http.send(http);
      if (!answer) return fail(where(), answer.error());
      // Keys in a file may have been renewed.
      const bool keys_refused = answer->status == kForbidden || answer->status == kUnauthorized;
      if (keys_refused) parts_.credentials.forget();
      const bool again = answer->status == kTooMany || answer->status >= kServerError ||
                         (keys_refused && element(answer->body, "Code") == "ExpiredToken");
      if (!again || tried == kTries) return answer;
      const auto pause = kFirstPause * (1 << (tried - 1));
      parts_.pause(pause + std::chrono::milliseconds(parts_.clock.now() / 1000 % pause.count()));
    }
  }

  S3Place place_;
  S3Parts parts_;
  std::string host_, base_;
  bool path_style_ = false;
  std::atomic<bool> bare_etags_ = false;  ///< this server knows no others in If-Match
};

}  // namespace

std::unique_ptr<ObjectStore> make_s3(S3Place place, S3Parts parts) {
  return std::make_unique<S3>(std::move(place), std::move(parts));
}

}  // namespace plimsoll
