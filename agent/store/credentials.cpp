// Where keys come from.
#include "agent/store/credentials.h"

#include <fcntl.h>
#include <time.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "agent/store/atomic_file.h"

namespace plimsoll {
namespace {

using nlohmann::json;

constexpr WallNs kRenewBefore = 300 * kNsPerSecond;
constexpr std::size_t kMostFile = 1024UL * 1024;
constexpr const char* kEcsAgent = "http://169.254.170.2";

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

/// "2026-03-01T09:14:07Z"; 0 for anything else.
WallNs time_of(const std::string& text) {
  tm parts{};
  const char* const end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  return end == nullptr || *end == '\0' ? 0 : timegm(&parts) * kNsPerSecond;
}

/// Nothing that could end a header's line.
bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return !text.empty();
}

/// Plain HTTP is for this host and its hypervisor alone.
bool may_be_asked(const std::string& url) {
  if (url.starts_with("https://")) return true;
  for (const char* known : {"http://127.0.0.1", "http://localhost", "http://[::1]", kEcsAgent,
                            "http://169.254.170.23", "http://[fd00:ec2::23]"}) {
    const std::string_view start = known;
    if (url.starts_with(start) &&
        (url.size() == start.size() || url[start.size()] == ':' || url[start.size()] == '/'))
      return true;
  }
  return false;
}

HttpRequest local_request(std::string url) {
  return {.url = std::move(url),
          .connect_timeout = std::chrono::milliseconds(1'000),
          .timeout = std::chrono::milliseconds(5'000),
          .direct = true};
}

/// A file of the disk; see Surroundings.
Result<std::optional<std::string>> read_file(const std::string& path) {
  if (stamp_at(AT_FDCWD, path) == FileStamp{}) return std::nullopt;
  char* const real = realpath(path.c_str(), nullptr);  // Kubernetes gives secrets as links
  if (real == nullptr) return fail(path + ": " + errno_text());
  const std::string target = real;
  free(real);
  auto read = read_regular(AT_FDCWD, target, kMostFile);
  if (!read) return fail(path, read.error());
  return std::move(read->text);
}

}  // namespace

Surroundings real_surroundings() {
  return {[](const char* name) {
            const char* const value = std::getenv(name);
            return std::string(value == nullptr ? "" : value);
          },
          read_file};
}

std::optional<AwsKeys> keys_of_profile(const std::string& text, const std::string& profile) {
  AwsKeys keys;
  bool there = false, inside = false;
  std::istringstream lines(text);
  for (std::string raw; std::getline(lines, raw);) {
    const std::string line = trimmed(raw);
    if (line.starts_with('[')) {
      inside = line == "[" + profile + "]";
      there = there || inside;
      continue;
    }
    const auto equals = line.find('=');
    if (!inside || equals == std::string::npos || line.starts_with('#')) continue;
    const std::string key = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
    if (key == "aws_access_key_id") keys.access_key = value;
    if (key == "aws_secret_access_key") keys.secret_key = value;
    if (key == "aws_session_token") keys.session_token = value;
  }
  return there ? std::optional(std::move(keys)) : std::nullopt;
}

Result<AwsKeys> AwsCredentials::keys(WallNs now) {
  const MutexLock lock(mutex_);
  if (found_ && (found_->expires == 0 || now < found_->expires - kRenewBefore)) return found_->keys;
  auto found = look();
  if (!found) {
    if (found_ && now < found_->expires) return found_->keys;
    return std::unexpected(found.error());
  }
  found_ = *std::move(found);
  return found_->keys;
}

void AwsCredentials::forget() {
  const MutexLock lock(mutex_);
  found_.reset();
}

Result<AwsCredentials::Found> AwsCredentials::look() const {
  for (const auto way : {&AwsCredentials::in_environment, &AwsCredentials::in_file,
                         &AwsCredentials::of_container, &AwsCredentials::of_instance}) {
    auto finding = (this->*way)();
    if (!finding) return std::unexpected(finding.error());
    std::optional<Found>& found = *finding;
    if (!found) continue;
    const AwsKeys& keys = found->keys;
    if (!is_plain(keys.access_key) || !is_plain(keys.secret_key) ||
        (!keys.session_token.empty() && !is_plain(keys.session_token)))
      return fail("AWS credentials: a key is empty, or has blanks in it");
    return *std::move(found);
  }
  return fail(
      "no AWS credentials; accepted: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a credentials file, the "
      "role "
      "of an ECS task or an EKS pod identity, or the instance's role");
}

AwsCredentials::Finding AwsCredentials::in_environment() const {
  AwsKeys keys{from_.environment("AWS_ACCESS_KEY_ID"), from_.environment("AWS_SECRET_ACCESS_KEY"),
               from_.environment("AWS_SESSION_TOKEN")};
  if (keys.access_key.empty() && keys.secret_key.empty()) return std::nullopt;
  return Found{std::move(keys)};
}

AwsCredentials::Finding AwsCredentials::in_file() const {
  const std::string named = from_.environment("AWS_SHARED_CREDENTIALS_FILE");
  const std::string home = from_.environment("HOME"), wanted = from_.environment("AWS_PROFILE");
  if (named.empty() && home.empty()) return std::nullopt;
  const std::string path = named.empty() ? home + "/.aws/credentials" : named;
  const auto read = from_.file(path);
  if (!read) return std::unexpected(read.error());
  const std::optional<std::string>& text = *read;
  if (!text) {
    if (named.empty()) return std::nullopt;
    return fail(path + ": no such file; accepted: what AWS_SHARED_CREDENTIALS_FILE names");
  }
  auto keys = keys_of_profile(*text, wanted.empty() ? "default" : wanted);
  if (!keys && wanted.empty()) return std::nullopt;
  if (!keys) return fail(path + ": has no profile of the name in AWS_PROFILE");
  return Found{*std::move(keys)};
}

namespace {

/// What the container's endpoint and IMDS answer alike.
Result<std::pair<AwsKeys, WallNs>> read_answer(const std::string& what, const Result<HttpAnswer>& answer) {
  if (!answer) return fail(what, answer.error());
  if (answer->status != 200) return fail(what + ": status " + std::to_string(answer->status));
  const json parsed = json::parse(answer->body, nullptr, false);
  const auto text = [&parsed](const char* key) {
    const auto at = parsed.is_object() ? parsed.find(key) : parsed.end();
    return parsed.is_object() && at != parsed.end() && at->is_string() ? at->get<std::string>()
                                                                       : std::string();
  };
  AwsKeys keys{text("AccessKeyId"), text("SecretAccessKey"), text("Token")};
  const WallNs expires = time_of(text("Expiration"));
  if (keys.access_key.empty() || keys.secret_key.empty() || expires == 0)
    return fail(what + ": the answer holds no AccessKeyId, SecretAccessKey and Expiration");
  return std::pair(std::move(keys), expires);
}

}  // namespace

AwsCredentials::Finding AwsCredentials::of_container() const {
  const std::string relative = from_.environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full = from_.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) return std::nullopt;
  auto request = local_request(relative.empty() ? full : kEcsAgent + relative);
  if (!may_be_asked(request.url)) {
    return fail(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI: accepted: https, or http to this host, 169.254.170.2 or "
        "169.254.170.23");
  }
  std::string token = from_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const auto path = from_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !path.empty()) {
    const auto read = from_.file(path);
    if (!read) return std::unexpected(read.error());
    const std::optional<std::string>& text = *read;
    if (!text) return fail(path + ": no such file");
    token = trimmed(*text);
  }
  if (token.find_first_of("\r\n") != std::string::npos)
    return fail("the container's authorization token has several lines");
  if (!token.empty()) request.headers["Authorization"] = token;
  auto answer = read_answer("container credentials", http_.send(request));
  if (!answer) return std::unexpected(answer.error());
  return Found{std::move(answer->first), answer->second};
}

AwsCredentials::Finding AwsCredentials::of_instance() const {
  if (from_.environment("AWS_EC2_METADATA_DISABLED") == "true") return std::nullopt;
  std::string endpoint = from_.environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = "http://169.254.169.254";
  if (endpoint.ends_with('/')) endpoint.pop_back();
  auto session = local_request(endpoint + "/latest/api/token");
  session.method = "PUT";
  session.headers["X-aws-ec2-metadata-token-ttl-seconds"] = "300";
  const auto token = http_.send(session);
  if (!token) return std::nullopt;  // no EC2 instance
  if (token->status != 200 || !is_plain(token->body))
    return fail("instance metadata: no session token, status " + std::to_string(token->status));
  const std::string roles = endpoint + "/latest/meta-data/iam/security-credentials/";
  auto asked = local_request(roles);
  asked.headers["X-aws-ec2-metadata-token"] = token->body;
  const auto role = http_.send(asked);
  if (!role) return fail("instance metadata", role.error());
  if (role->status == 404) return std::nullopt;  // the instance has no role
  const std::string name = trimmed(role->body.substr(0, role->body.find('\n')));
  if (role->status != 200 || !is_plain(name))
    return fail("instance metadata: no role, status " + std::to_string(role->status));
  asked.url = roles + uri_encode(name, false);
  auto answer = read_answer("instance metadata", http_.send(asked));
  if (!answer) return std::unexpected(answer.error());
  return Found{std::move(answer->first), answer->second};
}

}  // namespace plimsoll
