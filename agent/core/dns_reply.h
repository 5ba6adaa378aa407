// What a DNS message says of one name. The parser is apart, in agent/core/dns.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/core/destination.h"

namespace plimsoll {

struct DnsReply {
  std::string name;  ///< that was asked for: lower case, without the last dot; letters, digits, '-', '_', '.'
  std::vector<Address> addresses;  ///< of that name, through its aliases (CNAME); none: it has none
  std::uint32_t ttl = 0;           ///< seconds; the smallest of those that led to the addresses
  bool operator==(const DnsReply&) const = default;
};

}  // namespace plimsoll
