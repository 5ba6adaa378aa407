// AWS Signature Version 4.
#include "agent/store/sigv4.h"

#include <time.h>

#include <array>

#include "agent/store/digest.h"

namespace plimsoll {
namespace {

constexpr const char* kAlgorithm = "AWS4-HMAC-SHA256";

/// 20130524T000000Z
std::string basic_time(WallNs now) {
  const time_t seconds = now / kNsPerSecond;
  tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

}  // namespace

std::string uri_encode(std::string_view text, bool keep_slash) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash)) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string query_text(const std::map<std::string, std::string>& query) {
  std::string out;
  for (const auto& [key, value] : query)
    out += (out.empty() ? "" : "&") + uri_encode(key, false) + "=" + uri_encode(value, false);
  return out;
}

std::map<std::string, std::string> sign(const AwsRequest& request, const AwsKeys& keys,
                                        const std::string& region, WallNs now) {
  const std::string time = basic_time(now), date = time.substr(0, 8);
  const std::string body_hash = hex_text(sha256(request.body));
  std::map<std::string, std::string> added{{"x-amz-content-sha256", body_hash}, {"x-amz-date", time}};
  if (!keys.session_token.empty()) added["x-amz-security-token"] = keys.session_token;

  auto headers = request.headers;
  headers.insert(added.begin(), added.end());
  headers["host"] = request.host;
  std::string header_lines, names;
  for (const auto& [name, value] : headers) {
    header_lines.append(name).append(":").append(value).append("\n");
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical = request.method + "\n" + uri_encode(request.path, true) + "\n" +
                                query_text(request.query) + "\n" + header_lines + "\n" + names + "\n" +
                                body_hash;
  const std::string scope = date + "/" + region + "/s3/aws4_request";
  const std::string to_sign =
      std::string(kAlgorithm) + "\n" + time + "\n" + scope + "\n" + hex_text(sha256(canonical));
  std::string key = "AWS4" + keys.secret_key;
  for (const std::string_view part : {std::string_view(date), std::string_view(region),
                                      std::string_view("s3"), std::string_view("aws4_request")}) {
    key = hmac_sha256(key, part);
  }
  added["authorization"] = std::string(kAlgorithm) + " Credential=" + keys.access_key + "/" + scope +
                           ",SignedHeaders=" + names + ",Signature=" + hex_text(hmac_sha256(key, to_sign));
  return added;
}

}  // namespace plimsoll
