// What resolvers answer, as it arrives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>

#include "tests/kernel/arena.h"
#include "tests/kernel/table.h"

namespace plimsoll::kernel_test {
namespace {

using testing::ElementsAre;

std::vector<DnsAnswer> answers(const Recording& recording) {
  std::vector<DnsAnswer> all;
  for (const auto& event : recording.others) {
    if (const auto* answer = std::get_if<DnsAnswer>(&event)) all.push_back(*answer);
  }
  return all;
}

HookCounters counted() {
  return sensor().counters().at("dns");
}

void expect_whole(const DnsAnswer& answer, const Arena& arena, const std::string& from) {
  EXPECT_EQ(answer.slot, arena.slot());
  EXPECT_EQ(to_text(answer.from), from);
  EXPECT_TRUE(answer.loopback);
  EXPECT_EQ(answer.reply.name, "db.example.test");
  EXPECT_EQ(answer.reply.ttl, 20U);
  std::vector<std::string> addresses;
  for (const auto& address : answer.reply.addresses) addresses.push_back(to_text(address));
  EXPECT_THAT(addresses, ElementsAre("10.9.8.7", "10.9.8.8"));
}

struct Case {
  const char* trigger;
  const char* from;
};

class EachAnswer : public testing::TestWithParam<Case> {};

TEST_P(EachAnswer, ArrivesWhole) {
  Arena arena;
  const auto recording = arena.trigger(GetParam().trigger);
  EXPECT_EQ(recording.status, 0);
  const auto all = answers(recording);
  ASSERT_EQ(all.size(), 1U);
  expect_whole(all[0], arena, GetParam().from);
  add_row("dns", GetParam().trigger, "slot, resolver, loopback, name, addresses, ttl", !HasFailure());
}

INSTANTIATE_TEST_SUITE_P(All, EachAnswer,
                         testing::Values(Case{"dns", "127.0.0.1"}, Case{"dns6", "::1"},
                                         Case{"dns-unconnected", "127.0.0.1"},
                                         Case{"dns-long", "127.0.0.1"}));

TEST(Answers, TheSameOneIsToldOnceAMinute) {
  Arena arena;
  const auto before = counted();
  const auto recording = arena.trigger("dns-again");
  const auto after = counted();
  EXPECT_EQ(recording.status, 0);
  EXPECT_EQ(answers(recording).size(), 1U);
  EXPECT_EQ(after.seen - before.seen, 10U);
  EXPECT_EQ(after.known - before.known, 9U);
  EXPECT_EQ(after.emitted - before.emitted, 1U);
  add_row("dns", "ten of the same", "told once, counted ten times", !HasFailure());
}

TEST(Answers, OtherPortsAreNoResolvers) {
  Arena arena;
  const auto before = counted();
  const auto recording = arena.trigger("dns-other-port");
  EXPECT_EQ(recording.status, 0);
  EXPECT_TRUE(answers(recording).empty());
  EXPECT_EQ(counted().seen, before.seen);
}

}  // namespace
}  // namespace plimsoll::kernel_test
