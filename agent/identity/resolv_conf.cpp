#include "agent/identity/resolv_conf.h"

#include <sstream>
#include <string>

namespace plimsoll {

std::vector<Address> name_servers(std::string_view resolv_conf) {
  constexpr std::size_t kMost = 8;
  std::vector<Address> servers;
  std::istringstream lines{std::string(resolv_conf)};
  for (std::string line; servers.size() < kMost && std::getline(lines, line);) {
    std::istringstream words(line);
    std::string keyword, server;
    if (!(words >> keyword >> server) || keyword != "nameserver") continue;
    if (const auto address = address_from(server.substr(0, server.find('%')))) servers.push_back(*address);
  }
  return servers;
}

}  // namespace plimsoll
