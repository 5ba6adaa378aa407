#include "agent/core/dns.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace plimsoll {
namespace {

constexpr std::size_t kMostName = 253;  // characters of a name
constexpr std::size_t kMostJumps = 16;  // compressed names of real servers take one or two
constexpr std::size_t kMostRecords = 256;
constexpr std::uint16_t kA = 1, kCname = 5, kAaaa = 28, kInternet = 1;

class Reader {
 public:
  explicit Reader(std::span<const std::byte> message) : message_(message) {}

  [[nodiscard]] bool has(std::size_t bytes) const { return message_.size() - at_ >= bytes; }
  [[nodiscard]] std::size_t at() const { return at_; }
  void skip(std::size_t bytes) { at_ += bytes; }

  std::uint16_t number() {
    const auto value = static_cast<std::uint16_t>((byte(at_) << 8U) | byte(at_ + 1));
    at_ += 2;
    return value;
  }
  std::uint32_t long_number() {
    const std::uint32_t high = number();
    return (high << 16U) | number();
  }
  std::uint8_t octet() { return static_cast<std::uint8_t>(byte(at_++)); }

  enum class Name : std::uint8_t { whole, cut_off, wrong };

  /// The name at this place, which moves behind it. Its labels may lie elsewhere, further to the front.
  Name name(std::string& out) {
    out.clear();
    std::size_t from = at_, before = at_;
    bool jumped = false;
    for (std::size_t jumps = 0;;) {
      if (from >= message_.size()) return jumped ? Name::wrong : Name::cut_off;
      const unsigned length = byte(from);
      if ((length & kPointer) == kPointer) {
        if (from + 2 > message_.size()) return jumped ? Name::wrong : Name::cut_off;
        const std::size_t to = ((length & ~kPointer) << 8U) | byte(from + 1);
        if (!std::exchange(jumped, true)) at_ = from + 2;
        if (to >= before || ++jumps > kMostJumps) return Name::wrong;
        from = before = to;
        continue;
      }
      if ((length & kPointer) != 0) return Name::wrong;
      if (length == 0) break;
      if (from + 1 + length > message_.size()) return jumped ? Name::wrong : Name::cut_off;
      if (!label(out, from + 1, length)) return Name::wrong;
      from += 1 + length;
    }
    if (!jumped) at_ = from + 1;
    return Name::whole;
  }

 private:
  static constexpr unsigned kPointer = 0xc0;

  [[nodiscard]] unsigned byte(std::size_t at) const { return std::to_integer<unsigned>(message_[at]); }

  bool label(std::string& out, std::size_t from, std::size_t length) const {
    if (out.size() + 1 + length > kMostName) return false;
    if (!out.empty()) out += '.';
    for (std::size_t i = from; i < from + length; i++) {
      auto c = static_cast<char>(byte(i));
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      if (!fits) return false;
      out += c;
    }
    return true;
  }

  std::span<const std::byte> message_;
  std::size_t at_ = 0;
};

struct Header {
  std::uint16_t flags = 0, questions = 0, answers = 0;
};

/// Nothing: the message ends before it.
std::optional<Header> read_header(Reader& in) {
  constexpr std::size_t kBytes = 12;
  if (!in.has(kBytes)) return std::nullopt;
  Header header;
  in.skip(2);  // the question's number
  header.flags = in.number();
  header.questions = in.number();
  header.answers = in.number();
  in.skip(4);  // records of other sections
  return header;
}

Result<void> check(const Header& header) {
  constexpr std::uint16_t kIsAnswer = 0x8000, kOperation = 0x7800, kCode = 0x000f;
  if ((header.flags & kIsAnswer) == 0) return fail("a question, not an answer");
  if ((header.flags & kOperation) != 0) return fail("not a standard query's answer");
  if (header.questions != 1) return fail("not the answer to one question");
  if ((header.flags & kCode) != 0) return fail("the resolver could not answer");
  return {};
}

Address mapped(const std::array<std::uint8_t, 4>& v4) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, v4[0], v4[1], v4[2], v4[3]};
}

/// What stands before a record's own data.
struct Record {
  std::string owner;
  std::uint16_t type = 0, dns_class = 0, length = 0;
  std::uint32_t ttl = 0;
};

Reader::Name read_record(Reader& in, Record& out) {
  constexpr std::size_t kFixed = 10;
  if (const auto owner = in.name(out.owner); owner != Reader::Name::whole) return owner;
  if (!in.has(kFixed)) return Reader::Name::cut_off;
  out.type = in.number();
  out.dns_class = in.number();
  out.ttl = in.long_number();
  out.length = in.number();
  return in.has(out.length) ? Reader::Name::whole : Reader::Name::cut_off;
}

}  // namespace

Result<DnsReply> parse_dns_reply(std::span<const std::byte> message) {
  Reader in(message);
  const auto header = read_header(in);
  if (!header) return fail("shorter than the header of a DNS message");
  if (auto fits = check(*header); !fits) return std::unexpected(fits.error());
  DnsReply reply;
  if (in.name(reply.name) != Reader::Name::whole || reply.name.empty() || !in.has(4))
    return fail("the question's name is cut off, or no host's");
  const auto type = in.number();
  if ((type != kA && type != kAaaa) || in.number() != kInternet) return fail("not about a host's addresses");

  // An alias stands before what it stands for.
  std::string wanted = reply.name;
  reply.ttl = UINT32_MAX;
  Record record;
  std::string alias;
  for (std::size_t i = 0; i < header->answers && i < kMostRecords; i++) {
    const auto read = read_record(in, record);
    if (read == Reader::Name::cut_off) break;
    if (read == Reader::Name::wrong) return fail("a record of a form that DNS does not have");
    const std::size_t end = in.at() + record.length;
    const bool about = record.dns_class == kInternet && record.owner == wanted;
    if (about && record.type == kCname) {
      if (in.name(alias) != Reader::Name::whole || in.at() != end) return fail("an alias that is no host's");
      wanted = alias;
      reply.ttl = std::min(reply.ttl, record.ttl);
    } else if (about && record.type == type) {
      const bool v4 = type == kA;
      if (record.length != (v4 ? 4 : 16)) return fail("an address of a wrong length");
      if (reply.addresses.size() < kMostDnsAddresses) {
        Address address{};
        if (v4) {
          const std::array<std::uint8_t, 4> bytes{in.octet(), in.octet(), in.octet(), in.octet()};
          address = mapped(bytes);
        } else {
          for (auto& byte : address) byte = in.octet();
        }
        reply.addresses.push_back(address);
        reply.ttl = std::min(reply.ttl, record.ttl);
      }
    }
    in.skip(end - in.at());
  }
  if (reply.addresses.empty()) reply.ttl = 0;
  return reply;
}

}  // namespace plimsoll
