// What a DNS message answers (RFC 1035): hostile bytes in, a name and its addresses out.
#pragma once

#include <cstddef>
#include <span>

#include "agent/core/dns_reply.h"
#include "agent/core/result.h"

namespace plimsoll {

constexpr std::size_t kMostDnsAddresses = 64;  ///< of one answer; more are left out

/// A whole message, or as much of its beginning as there is: records that are cut off count as not there.
/// Fails on what is no answer to one question for addresses (A or AAAA, class IN), on names that are no
/// host's, and on a form that RFC 1035 does not have. Linear in the bytes.
Result<DnsReply> parse_dns_reply(std::span<const std::byte> message);

}  // namespace plimsoll
