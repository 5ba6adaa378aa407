// DNS answers, by messages as real servers send them, and by what hostile ones might.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "agent/core/dns.h"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint16_t kA = 1, kCname = 5, kAaaa = 28;

/// A message, put together part by part.
class Message {
 public:
  explicit Message(std::uint16_t answers, std::uint16_t flags = 0x8180, std::uint16_t questions = 1) {
    number(0x1234).number(flags).number(questions).number(answers).number(0).number(0);
  }
  Message& number(unsigned value) {
    bytes_ += static_cast<char>(value >> 8U);
    bytes_ += static_cast<char>(value);
    return *this;
  }
  Message& raw(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }
  /// "db.example.test", without compression.
  Message& name(const std::string& text) {
    for (std::size_t at = 0; at <= text.size();) {
      const auto dot = std::min(text.find('.', at), text.size());
      bytes_ += static_cast<char>(dot - at);
      bytes_ += text.substr(at, dot - at);
      at = dot + 1;
    }
    bytes_ += '\0';
    return *this;
  }
  Message& question(const std::string& text, std::uint16_t type = kA) {
    return name(text).number(type).number(1);
  }
  /// The fixed part of a record.
  Message& record(std::uint16_t type, std::uint32_t ttl, std::size_t length) {
    return number(type)
        .number(1)
        .number(ttl >> 16U)
        .number(ttl & 0xffffU)
        .number(static_cast<unsigned>(length));
  }
  Message& a(std::uint32_t ttl, const std::string& four) { return record(kA, ttl, four.size()).raw(four); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::vector<std::byte> bytes() const {
    std::vector<std::byte> out(bytes_.size());
    std::memcpy(out.data(), bytes_.data(), bytes_.size());
    return out;
  }

 private:
  std::string bytes_;
};

const std::string kQuestion = "\xc0\x0c";  // points to the question's name

std::vector<std::string> texts(const DnsReply& reply) {
  std::vector<std::string> all;
  for (const auto& address : reply.addresses) all.push_back(to_text(address));
  return all;
}

std::string problem(const Message& message) {
  const auto reply = parse_dns_reply(message.bytes());
  return reply ? "" : reply.error().message;
}

TEST(Dns, AddressesOfTheNameThatWasAskedFor) {
  const auto reply = parse_dns_reply(Message(2)
                                         .question("DB.Example.test")
                                         .raw(kQuestion)
                                         .a(30, "\x0a\x01\x02\x03")
                                         .raw(kQuestion)
                                         .a(20, "\x0a\x01\x02\x04")
                                         .bytes());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->name, "db.example.test");
  EXPECT_THAT(texts(*reply), ElementsAre("10.1.2.3", "10.1.2.4"));
  EXPECT_EQ(reply->ttl, 20U);
}

TEST(Dns, Version6) {
  const std::string address("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
  const auto reply = parse_dns_reply(
      Message(1).question("db.test", kAaaa).raw(kQuestion).record(kAaaa, 60, 16).raw(address).bytes());
  ASSERT_TRUE(reply);
  EXPECT_THAT(texts(*reply), ElementsAre("2001:db8::7"));
}

TEST(Dns, AliasesAreFollowedAndTheSmallestTtlCounts) {
  Message m(2);
  m.question("www.test").raw(kQuestion).record(kCname, 5, 9).name("edge.cd");
  const auto reply = parse_dns_reply(m.name("edge.cd").a(300, "\x01\x02\x03\x04").bytes());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->name, "www.test");
  EXPECT_THAT(texts(*reply), ElementsAre("1.2.3.4"));
  EXPECT_EQ(reply->ttl, 5U);
}

// Else who may answer for one name could speak about another.
TEST(Dns, WhatWasNotAskedForIsLeftOut) {
  const auto reply = parse_dns_reply(Message(2)
                                         .question("a.test")
                                         .name("b.test")
                                         .a(30, "\x0a\x01\x02\x03")
                                         .name("c.test")
                                         .a(30, "\x0a\x01\x02\x04")
                                         .bytes());
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->addresses, IsEmpty());
  EXPECT_EQ(reply->ttl, 0U);
}

TEST(Dns, ACutOffMessageTellsWhatItHas) {
  Message m(2);
  m.question("a.test").raw(kQuestion).a(30, "\x0a\x01\x02\x03");
  const auto first = m.size();
  const auto whole = m.raw(kQuestion).a(30, "\x0a\x01\x02\x04").bytes();
  for (std::size_t bytes = first; bytes < whole.size(); bytes++) {
    const auto reply = parse_dns_reply(std::span(whole).first(bytes));
    ASSERT_TRUE(reply) << bytes;
    EXPECT_THAT(reply->addresses, SizeIs(1)) << bytes;
  }
  for (std::size_t bytes = 0; bytes < 24; bytes++)
    EXPECT_FALSE(parse_dns_reply(std::span(whole).first(bytes))) << bytes;
}

TEST(Dns, WhatIsNoAnswerAboutAHost) {
  EXPECT_THAT(problem(Message(0, 0x0100).question("a.test")), HasSubstr("a question"));
  EXPECT_THAT(problem(Message(0, 0x8183).question("a.test")), HasSubstr("could not answer"));
  EXPECT_THAT(problem(Message(0, 0xa980).question("a.test")), HasSubstr("not a standard query"));
  EXPECT_THAT(problem(Message(0, 0x8180, 2).question("a.test").question("b.test")),
              HasSubstr("one question"));
  EXPECT_THAT(problem(Message(0).question("a.test", 16)), HasSubstr("addresses"));
  EXPECT_THAT(problem(Message(0).question("")), HasSubstr("no host's"));
  EXPECT_THAT(problem(Message(0).question("a\n.test")), HasSubstr("no host's"));
  EXPECT_THAT(problem(Message(0).question("a b.test")), HasSubstr("no host's"));
  EXPECT_THAT(problem(Message(1).question("a.test").raw(kQuestion).a(3, "abc")), HasSubstr("wrong length"));
}

TEST(Dns, CompressionThatLeadsNowhere) {
  const auto at = [](std::size_t offset) {
    return std::string{static_cast<char>(0xc0 | (offset >> 8U)), static_cast<char>(offset)};
  };
  Message m(1);
  m.question("a.test");
  const std::size_t here = m.size();
  const std::string four = "\x0a\x01\x02\x03";
  EXPECT_THAT(problem(Message(m).raw(at(here)).a(1, four)), HasSubstr("does not have"));      // to itself
  EXPECT_THAT(problem(Message(m).raw(at(here + 2)).a(1, four)), HasSubstr("does not have"));  // forwards
  EXPECT_THAT(problem(Message(m).raw(at(0x3fff)).a(1, four)), HasSubstr("does not have"));  // beyond the end
  EXPECT_THAT(problem(Message(m).raw("\x01x" + at(here)).a(1, four)), HasSubstr("does not have"));  // around
  EXPECT_THAT(problem(Message(m).raw("\x80").a(1, four)), HasSubstr("does not have"));  // reserved
}

TEST(Dns, NamesAndAddressesAreBounded) {
  std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
                        std::string(61, 'd');
  EXPECT_EQ(problem(Message(0).question(longest)), "");
  EXPECT_THAT(problem(Message(0).question(longest + "e")), HasSubstr("no host's"));
  Message many(100);
  many.question("a.test");
  for (int i = 0; i < 100; i++) many.raw(kQuestion).a(1, "\x0a\x01\x02\x03");
  const auto reply = parse_dns_reply(many.bytes());
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->addresses, SizeIs(kMostDnsAddresses));
}

}  // namespace
}  // namespace plimsoll
