// How the exchange with the fleet goes, for the command line and the metrics.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace plimsoll {

struct FleetHealth {
  std::string where, last_error;  ///< last_error: empty while the store answers
  bool read_only = false;
  std::uint64_t lineages = 0;                                             ///< that are exchanged
  std::map<std::pair<std::string, std::string>, std::uint64_t> requests;  ///< by operation and outcome
  std::map<std::string, std::uint64_t> profiles;  ///< taken, rejected, shared (the host's own), merged
};

}  // namespace plimsoll
