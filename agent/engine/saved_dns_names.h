// The names of running containers' addresses as they are kept for the next agent (names.h).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/clock.h"
#include "agent/core/destination.h"
#include "agent/core/result.h"

namespace plimsoll {

struct SavedDnsName {
  Address address{};
  Address resolver{};  ///< where the name came from
  bool loopback = false;
  WallNs until = 0;
  std::vector<std::string> names;  ///< the last to be new comes last
  bool operator==(const SavedDnsName&) const = default;
};

/// By the container's id.
using SavedDnsNames = std::map<std::string, std::vector<SavedDnsName>>;

/// A line for each address, its fields separated by tabs.
std::string to_text(const SavedDnsNames&);
/// All of it or nothing: an error says which line is wrong.
Result<SavedDnsNames> saved_dns_names_from(std::string_view text);

}  // namespace plimsoll
