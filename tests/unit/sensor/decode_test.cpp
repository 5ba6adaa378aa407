#include "agent/sensor/decode/decode.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace plimsoll {
namespace {

// A record in the making: its fixed part, and its texts by kind.
struct Record {
  pl_activity e{};
  std::array<std::string, PL_TEXTS> texts;

  [[nodiscard]] std::vector<std::byte> bytes() const {
    pl_activity fixed = e;
    std::string tail;
    for (std::size_t i = 0; i < texts.size(); i++) {
      fixed.text_bytes[i] = static_cast<__u16>(texts[i].size());
      tail += texts[i];
    }
    std::vector<std::byte> out(sizeof(fixed) + tail.size());
    std::memcpy(out.data(), &fixed, sizeof(fixed));
    std::memcpy(out.data() + sizeof(fixed), tail.data(), tail.size());
    return out;
  }
};

Record activity(pl_action action) {
  Record r;
  r.e.header.version = PL_WIRE_VERSION;
  r.e.header.kind = PL_KIND_ACTIVITY;
  r.e.header.time_ns = 1000;
  r.e.header.slot = 7;
  r.e.key.phase = PL_PHASE_STEADY;
  r.e.key.action = static_cast<__u8>(action);
  r.texts[PL_TEXT_EXE] = "/usr/sbin/nginx";
  return r;
}

template <typename T>
Result<KernelEvent> decoded(const T& record) {
  return decode(std::as_bytes(std::span(&record, 1)), 500);
}
Result<KernelEvent> decoded(const Record& record) {
  return decode(record.bytes(), 500);
}

Activity decoded_activity(const Record& r) {
  auto event = decoded(r);
  if (!event) throw std::runtime_error(event.error().message);
  return std::get<Activity>(*event);
}

TEST(Decode, TimesBecomeWallTimes) {
  EXPECT_EQ(decoded_activity(activity(PL_EXEC)).time, 1500);
}

TEST(Decode, Exec) {
  auto r = activity(PL_EXEC);
  r.texts[PL_TEXT_PATH] = "/bin/busybox";
  r.texts[PL_TEXT_NAME] = "/bin/sh";
  r.texts[PL_TEXT_ARGV] = std::string("sh\0-c\0x", 7);
  r.e.key.origin = PL_ORIGIN_UPPER_NEW;
  r.e.key.stdin_kind = PL_STDIN_SOCKET;
  const Activity a = decoded_activity(r);
  const auto& o = std::get<ExecObject>(a.behaviour.object);
  EXPECT_EQ(o.path, "/bin/busybox");
  EXPECT_EQ(o.as, "sh");
  EXPECT_EQ(o.script, "");
  EXPECT_EQ(o.origin, Origin::upper_new);
  EXPECT_EQ(a.evidence.stdin_kind, StdinKind::socket);
  EXPECT_EQ(a.process.argv, (std::vector<std::string>{"sh", "-c", "x"}));
}

TEST(Decode, AScriptIsCalledAsItsInterpreter) {
  auto r = activity(PL_EXEC);
  r.texts[PL_TEXT_PATH] = "/bin/busybox";
  r.texts[PL_TEXT_NAME] = "/entrypoint.sh";
  r.texts[PL_TEXT_EXTRA] = "/bin/sh";
  const Activity a = decoded_activity(r);
  const auto& o = std::get<ExecObject>(a.behaviour.object);
  EXPECT_EQ(o.as, "sh");
  EXPECT_EQ(o.script, "/entrypoint.sh");
}

TEST(Decode, ByDescriptorThereIsNoName) {
  auto r = activity(PL_EXEC);
  r.texts[PL_TEXT_NAME] = "/dev/fd/7";
  const Activity a = decoded_activity(r);
  EXPECT_EQ(std::get<ExecObject>(a.behaviour.object).as, "");
}

TEST(Decode, WhatAFileGives) {
  auto r = activity(PL_EXEC);
  r.e.before.euid = 1000;
  r.e.creds.permitted = 1ULL << 13U;
  const Activity a = decoded_activity(r);
  EXPECT_EQ(std::get<ExecObject>(a.behaviour.object).gains, "uid 0,cap_net_raw");
}

TEST(Decode, MountIgnoresWhatTheCallIgnores) {
  auto r = activity(PL_MOUNT);
  r.e.key.call = PL_CALL_MOUNT;
  r.e.call_flags = 4096;  // MS_BIND
  r.texts[PL_TEXT_NAME] = "/etc";
  r.texts[PL_TEXT_PATH] = "/mnt";
  r.texts[PL_TEXT_EXTRA] = "garbage";
  const Activity a = decoded_activity(r);
  EXPECT_EQ(std::get<MountObject>(a.behaviour.object), (MountObject{"bind", "", "/etc", "/mnt"}));
}

TEST(Decode, MultipathTcpIsTcp) {
  auto r = activity(PL_CONNECT);
  r.e.key.object.connect.protocol = 262;
  r.e.key.object.connect.family = 2;
  r.e.key.object.connect.port = 443;
  const __u8 address[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 8, 8, 8, 8};
  std::memcpy(r.e.key.object.connect.address, address, 16);
  const Activity a = decoded_activity(r);
  EXPECT_EQ(std::get<ConnectObject>(a.behaviour.object), (ConnectObject{"tcp", "public", 443}));
}

// An IPv4 connect to the last byte of 10.0.0.x, port 5432.
Record connect_to(__u8 last) {
  auto r = activity(PL_CONNECT);
  auto& to = r.e.key.object.connect;
  to.family = 2;
  to.protocol = 6;
  to.port = 5432;
  to.address[10] = to.address[11] = 0xff;
  to.address[12] = 10;
  to.address[15] = last;
  return r;
}

TEST(Decode, AddressesOfOneClassAreOfOneKind) {
  const auto one = connect_to(1);
  auto other_class = connect_to(1), other_port = connect_to(1), other_slot = connect_to(1);
  other_class.e.key.object.connect.address[12] = 8;
  other_port.e.key.object.connect.port = 5433;
  other_slot.e.key.slot = 9;
  const Key kind = decoded_activity(one).kind;
  EXPECT_NE(kind, Key{});
  EXPECT_NE(decoded_activity(one).key, decoded_activity(connect_to(2)).key);
  EXPECT_EQ(kind, decoded_activity(connect_to(2)).kind);
  for (const auto& other : {other_class, other_port, other_slot}) {
    EXPECT_NE(kind, decoded_activity(other).kind);
  }
}

TEST(Decode, OtherKeysAreTheirOwnKind) {
  auto r = activity(PL_CONNECT);
  r.e.key.object.connect.family = 1;  // unix
  r.e.key.object.connect.path = 7;
  EXPECT_EQ(decoded_activity(r).kind, decoded_activity(r).key);
  r = activity(PL_EXEC);
  r.e.key.object.exec.argv = 7;
  EXPECT_EQ(decoded_activity(r).kind, decoded_activity(r).key);
}

TEST(Decode, AKeyThatDoesNotSayAllIsOfNoKind) {
  auto r = connect_to(1);
  r.e.key.facts = PL_FACT_TRUNCATED;
  EXPECT_EQ(decoded_activity(r).kind, Key{});
}

TEST(Decode, AncestorsFollowTheOtherTexts) {
  auto r = activity(PL_EXEC);
  r.texts[PL_TEXT_CWD] = "/srv";
  r.e.ancestors[0] = 7;
  r.texts[PL_TEXT_ANCESTOR] = "/bin/sh";
  r.e.ancestors[1] = 1;
  r.texts[PL_TEXT_ANCESTOR + 1] = "/init";
  const Activity a = decoded_activity(r);
  EXPECT_EQ(a.process.cwd, "/srv");
  ASSERT_EQ(a.process.ancestors.size(), 2U);
  EXPECT_EQ(a.process.ancestors[0].pid, 7U);
  EXPECT_EQ(a.process.ancestors[1].exe, "/init");
}

TEST(Decode, TextsThatReachBeyondTheRecordAreRefused) {
  auto r = activity(PL_EXEC);
  auto bytes = r.bytes();
  bytes.pop_back();
  EXPECT_FALSE(decode(bytes, 0));
  EXPECT_TRUE(decode(r.bytes(), 0));
}

pl_answer answer(const std::string& message) {
  pl_answer e{};
  e.header.version = PL_WIRE_VERSION;
  e.header.kind = PL_KIND_ANSWER;
  e.header.time_ns = 1000;
  e.header.slot = 7;
  e.from[15] = 1;
  e.loopback = 1;
  e.bytes = static_cast<__u32>(message.size());
  std::memcpy(e.message, message.data(), message.size());
  return e;
}

// The record ends with its message.
Result<KernelEvent> decoded_answer(const pl_answer& e, std::size_t bytes) {
  return decode(std::as_bytes(std::span(&e, 1)).first(offsetof(pl_answer, message) + bytes), 500);
}

TEST(Decode, AnswersOfResolvers) {
  using namespace std::string_literals;
  const auto message =
      "\x12\x34\x81\x80\0\1\0\1\0\0\0\0\2db\4test\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4\x0a\1\2\3"s;
  const auto event = decoded_answer(answer(message), message.size());
  ASSERT_TRUE(event) << event.error().message;
  const auto& a = std::get<DnsAnswer>(*event);
  EXPECT_EQ(a.time, 1500);
  EXPECT_EQ(a.slot, 7U);
  EXPECT_EQ(to_text(a.from), "::1");
  EXPECT_TRUE(a.loopback);
  EXPECT_EQ(a.reply.name, "db.test");
  ASSERT_EQ(a.reply.addresses.size(), 1U);
  EXPECT_EQ(to_text(a.reply.addresses[0]), "10.1.2.3");
  EXPECT_EQ(a.reply.ttl, 30U);

  EXPECT_FALSE(decoded_answer(answer(message), message.size() - 1)) << "shorter than it says";
  const auto other = decoded_answer(answer("what else comes from port 53"), 28);
  ASSERT_TRUE(other) << "a container's choice is no error of ours";
  EXPECT_EQ(std::get<DnsAnswer>(*other).reply, DnsReply{});
}

TEST(Decode, RefusesWhatItDoesNotKnow) {
  auto r = activity(PL_EXEC);
  r.e.header.version = 9;
  EXPECT_FALSE(decoded(r));
  r = activity(PL_EXEC);
  r.e.header.kind = 99;
  EXPECT_FALSE(decoded(r));
  r = activity(PL_EXEC);
  r.e.key.phase = 9;
  EXPECT_FALSE(decoded(r));
  const pl_header cut{.version = PL_WIRE_VERSION,
                      .kind = PL_KIND_ACTIVITY,
                      .hook = 0,
                      .flags = 0,
                      .hierarchy = 0,
                      .cgroup = 0,
                      .time_ns = 0,
                      .slot = 0,
                      .pid = 0,
                      .tid = 0,
                      .zero = 0};
  EXPECT_FALSE(decoded(cut));
  EXPECT_FALSE(decoded(char{}));
}

TEST(Losses, EachReasonHasItsNameAndWhatDidNotHappenHasNone) {
  std::array<__u64, PL_LOST_REASONS> counts{};
  EXPECT_TRUE(losses_from(counts).empty());
  counts[0] = 3;
  counts[PL_LOST_REASONS - 1] = 5;
  const Losses lost = losses_from(counts);
  EXPECT_EQ(lost, (Losses{{std::string(lost_name(0)), 3}, {std::string(lost_name(PL_LOST_REASONS - 1)), 5}}));
  std::set<std::string_view> names;
  for (std::uint32_t reason = 0; reason < PL_LOST_REASONS; reason++) names.insert(lost_name(reason));
  EXPECT_EQ(names.size(), std::size_t{PL_LOST_REASONS}) << "no two reasons share a name";
}

}  // namespace
}  // namespace plimsoll
