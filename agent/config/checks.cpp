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
