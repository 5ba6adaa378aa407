// Classes of network destinations, as profiles and alerts name them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

/// An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d; network byte order.
using Address = std::array<std::uint8_t, 16>;

/// loopback, imds, ecs-credentials, pod-identity, private or public.
/// imds: 169.254.169.254, fd00:ec2::254. ecs-credentials: 169.254.170.2. pod-identity: 169.254.170.23,
/// fd00:ec2::23. private: RFC 1918, RFC 6598, link-local, unique local, multicast, broadcast and unspecified
/// destinations other than 0.0.0.0/:: (which Linux connects to the host itself: loopback).
std::string_view destination_class(const Address&);

/// "dns:NAME": a destination that is known by its name.
constexpr std::string_view kByName = "dns:";
inline bool is_name(std::string_view dest) {
  return dest.starts_with(kByName);
}

/// "10.0.0.1" or "fd00:ec2::254".
std::string to_text(const Address&);
/// And back; nothing for anything else.
std::optional<Address> address_from(const std::string& text);

}  // namespace plimsoll
