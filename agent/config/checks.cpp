// What a value of the configuration may look like.
#include "agent/config/checks.h"

#include <arpa/inet.h>

#include <charconv>
#include <regex>

namespace plimsoll {

bool is_absolute_path(std::string_view text) {
  return text.starts_with('/') && text.find('\0') == std::string_view::npos;
}

bool is_listen_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  std::string host = text.substr(0, colon);
  const char* const port_begin = text.data() + colon + 1;
  const char* const port_end = text.data() + text.size();
  unsigned port = 0;
  const auto [end, problem] = std::from_chars(port_begin, port_end, port);
  if (problem != std::errc{} || end != port_end || port < 1 || port > 65535) return false;
  in6_addr address{};
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return inet_pton(AF_INET6, host.c_str(), &address) == 1;
  }
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

namespace {

bool consists_of(std::string_view text, std::string_view others) {
  for (const char c : text) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && !others.contains(c)) return false;
  }
  return true;
}

}  // namespace

bool is_s3_place(std::string_view text) {
  constexpr std::string_view kScheme = "s3://";
  constexpr std::size_t kShortest = 3, kLongest = 63, kLongestPrefix = 512;
  if (!text.starts_with(kScheme)) return false;
  text.remove_prefix(kScheme.size());
  const auto slash = text.find('/');
  const auto bucket = text.substr(0, slash);
  const auto prefix = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  return bucket.size() >= kShortest && bucket.size() <= kLongest && consists_of(bucket, ".-_") &&
         bucket.front() != '.' && bucket.front() != '-' && prefix.size() <= kLongestPrefix &&
         consists_of(prefix, "._-/") && !prefix.starts_with('/') &&
         prefix.find("//") == std::string_view::npos;
}

bool is_http_endpoint(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos ||
      (text.substr(0, scheme) != "http" && text.substr(0, scheme) != "https"))
    return false;
  const auto host = text.substr(scheme + 3);
  return !host.empty() && consists_of(host, ".-_:[]");
}

bool is_loopback_endpoint(std::string_view text) {
  if (!is_http_endpoint(text)) return false;
  const auto host = text.substr(text.find("://") + 3);
  const auto name =
      host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  in_addr address{};
  if (inet_pton(AF_INET, std::string(name).c_str(), &address) == 1)
    return (ntohl(address.s_addr) >> 24U) == 127;
  return name == "localhost" || name == "[::1]";
}

std::optional<std::string> regex_problem(const std::string& pattern, int groups) {
  try {
    const std::regex regex(pattern, std::regex::ECMAScript);
    if (groups >= 0 && regex.mark_count() != static_cast<unsigned>(groups)) {
      return "has " + std::to_string(regex.mark_count()) + " groups";
    }
    return std::nullopt;
  } catch (const std::regex_error& problem) {
    return std::string("does not compile (") + problem.what() + ")";
  }
}

}  // namespace plimsoll
