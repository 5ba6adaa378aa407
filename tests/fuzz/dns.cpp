// DNS messages: whatever is answered, a name is a host's, and all is bounded.
#include <algorithm>
#include <span>
#include <string_view>

#include "agent/core/dns.h"
#include "tests/fuzz/law.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plimsoll;
  const auto reply = parse_dns_reply(std::as_bytes(std::span(data, size)));
  if (!reply) {
    law(!reply.error().message.empty(), "an error says what is wrong");
    return 0;
  }
  constexpr std::string_view kAccepted = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  law(!reply->name.empty() && reply->name.size() <= 253, "a name is of a host's length");
  law(reply->name.find_first_not_of(kAccepted) == std::string::npos, "a name has a host's characters");
  law(reply->addresses.size() <= kMostDnsAddresses, "addresses are bounded");
  law(!reply->addresses.empty() || reply->ttl == 0, "what has no address holds for no time");
  return 0;
}
