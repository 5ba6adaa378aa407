// Which class an address belongs to.
#include "agent/core/destination.h"

#include <arpa/inet.h>
#include <algorithm>

namespace plimsoll {
namespace {

/// All addresses whose first `bits` bits are those of `base`.
struct Prefix {
  Address base;
  unsigned bits;
};

constexpr Prefix v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, unsigned bits) {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, 96 + bits};
}

constexpr Prefix v6(std::uint8_t first, std::uint8_t second, unsigned bits) {
  return {{first, second}, bits};
}

constexpr Prefix fd00_ec2(std::uint8_t high, std::uint8_t low) {
  return {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low}, 128};
}

struct ClassOf {
  Prefix prefix;
  std::string_view name;
};

// The first match counts.
constexpr std::array kClasses = {
    ClassOf{v4(169, 254, 169, 254, 32), "imds"},
    ClassOf{fd00_ec2(0x02, 0x54), "imds"},
    ClassOf{v4(169, 254, 170, 2, 32), "ecs-credentials"},
    ClassOf{v4(169, 254, 170, 23, 32), "pod-identity"},
    ClassOf{fd00_ec2(0x00, 0x23), "pod-identity"},
    ClassOf{v4(127, 0, 0, 0, 8), "loopback"},
    ClassOf{v4(0, 0, 0, 0, 32), "loopback"},
    ClassOf{{{}, 128}, "loopback"},
    ClassOf{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128}, "loopback"},
    ClassOf{v4(0, 0, 0, 0, 8), "private"},
    ClassOf{v4(10, 0, 0, 0, 8), "private"},
    ClassOf{v4(172, 16, 0, 0, 12), "private"},
    ClassOf{v4(192, 168, 0, 0, 16), "private"},
    ClassOf{v4(100, 64, 0, 0, 10), "private"},
    ClassOf{v4(169, 254, 0, 0, 16), "private"},
    ClassOf{v4(224, 0, 0, 0, 4), "private"},
    ClassOf{v4(255, 255, 255, 255, 32), "private"},
    ClassOf{v6(0xfc, 0, 7), "private"},
    ClassOf{v6(0xfe, 0x80, 10), "private"},
    ClassOf{v6(0xff, 0, 8), "private"},
};

bool within(const Address& address, const Prefix& prefix) {
  const unsigned whole = prefix.bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole, prefix.base.begin())) return false;
  const unsigned rest = prefix.bits % 8;
  return rest == 0 || ((address.at(whole) ^ prefix.base.at(whole)) >> (8 - rest)) == 0;
}

}  // namespace

std::string_view destination_class(const Address& address) {
  const auto* found =
      std::ranges::find_if(kClasses, [&](const ClassOf& c) { return within(address, c.prefix); });
  return found == kClasses.end() ? "public" : found->name;
}

std::string to_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (within(address, v4(0, 0, 0, 0, 0))) {
    inet_ntop(AF_INET, address.data() + 12, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  }
  return text.data();
}

std::optional<Address> address_from(const std::string& text) {
  Address address = v4(0, 0, 0, 0, 0).base;
  if (inet_pton(AF_INET, text.c_str(), address.data() + 12) == 1) return address;
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

}  // namespace plimsoll
