#include "agent/sensor/decode.h"

#include <gtest/gtest.h>

#include <cstring>

namespace plimsoll {
namespace {

pl_activity activity(pl_action action) {
  pl_activity e{};
  e.header.version = PL_WIRE_VERSION;
  e.header.kind = PL_KIND_ACTIVITY;
  e.header.time_ns = 1000;
  e.header.slot = 7;
  e.key.phase = PL_PHASE_STEADY;
  e.key.action = static_cast<__u8>(action);
  std::strcpy(e.exe, "/usr/sbin/nginx");
  return e;
}

template <typename T>
Result<KernelEvent> decoded(const T& record) {
  return decode(std::as_bytes(std::span(&record, 1)), 500);
}

Activity decoded_activity(const pl_activity& e) {
  auto event = decoded(e);
  if (!event) throw std::runtime_error(event.error().message);
  return std::get<Activity>(*event);
}

TEST(Decode, TimesBecomeWallTimes) {
  EXPECT_EQ(decoded_activity(activity(PL_EXEC)).time, 1500);
}

TEST(Decode, Exec) {
  auto e = activity(PL_EXEC);
  std::strcpy(e.path, "/bin/busybox");
  std::strcpy(e.name, "/bin/sh");
  std::memcpy(e.argv, "sh\0-c\0x", 8);
  e.argv_bytes = 8;
  e.key.origin = PL_ORIGIN_UPPER_NEW;
  e.key.stdin_kind = PL_STDIN_SOCKET;
  const Activity a = decoded_activity(e);
  const auto& o = std::get<ExecObject>(a.behaviour.object);
  EXPECT_EQ(o.path, "/bin/busybox");
  EXPECT_EQ(o.as, "sh");
  EXPECT_EQ(o.script, "");
  EXPECT_EQ(o.origin, Origin::upper_new);
  EXPECT_EQ(a.evidence.stdin_kind, StdinKind::socket);
  EXPECT_EQ(a.process.argv, (std::vector<std::string>{"sh", "-c", "x"}));
}

TEST(Decode, AScriptIsCalledAsItsInterpreter) {
  auto e = activity(PL_EXEC);
  std::strcpy(e.path, "/bin/busybox");
  std::strcpy(e.name, "/entrypoint.sh");
  std::strcpy(e.extra, "/bin/sh");
  const Activity a = decoded_activity(e);
  const auto& o = std::get<ExecObject>(a.behaviour.object);
  EXPECT_EQ(o.as, "sh");
  EXPECT_EQ(o.script, "/entrypoint.sh");
}

TEST(Decode, ByDescriptorThereIsNoName) {
  auto e = activity(PL_EXEC);
  std::strcpy(e.name, "/dev/fd/7");
  const Activity a = decoded_activity(e);
  EXPECT_EQ(std::get<ExecObject>(a.behaviour.object).as, "");
}

TEST(Decode, WhatAFileGives) {
  auto e = activity(PL_EXEC);
  e.before.euid = 1000;
  e.creds.permitted = 1ULL << 13U;
  const Activity a = decoded_activity(e);
  EXPECT_EQ(std::get<ExecObject>(a.behaviour.object).gains, "uid 0,cap_net_raw");
}

TEST(Decode, MountIgnoresWhatTheCallIgnores) {
  auto e = activity(PL_MOUNT);
  e.key.call = PL_CALL_MOUNT;
  e.call_flags = 4096;  // MS_BIND
  std::strcpy(e.name, "/etc");
  std::strcpy(e.path, "/mnt");
  std::strcpy(e.extra, "garbage");
  const Activity a = decoded_activity(e);
  EXPECT_EQ(std::get<MountObject>(a.behaviour.object), (MountObject{"bind", "", "/etc", "/mnt"}));
}

TEST(Decode, MultipathTcpIsTcp) {
  auto e = activity(PL_CONNECT);
  e.key.object.connect.protocol = 262;
  e.key.object.connect.family = 2;
  e.key.object.connect.port = 443;
  const __u8 address[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 8, 8, 8, 8};
  std::memcpy(e.key.object.connect.address, address, 16);
  const Activity a = decoded_activity(e);
  EXPECT_EQ(std::get<ConnectObject>(a.behaviour.object), (ConnectObject{"tcp", "public", 443}));
}

TEST(Decode, UnterminatedStringsStayInTheirField) {
  auto e = activity(PL_EXEC);
  std::memset(e.exe, 'a', sizeof(e.exe));
  EXPECT_EQ(decoded_activity(e).behaviour.actor.size(), sizeof(e.exe));
}

TEST(Decode, ArgumentBytesBeyondTheFieldAreNotRead) {
  auto e = activity(PL_EXEC);
  e.argv_bytes = 1U << 30U;
  EXPECT_LE(decoded_activity(e).process.argv.size(), sizeof(e.argv));
}

TEST(Decode, RefusesWhatItDoesNotKnow) {
  auto e = activity(PL_EXEC);
  e.header.version = 9;
  EXPECT_FALSE(decoded(e));
  e = activity(PL_EXEC);
  e.header.kind = 99;
  EXPECT_FALSE(decoded(e));
  e = activity(PL_EXEC);
  e.key.phase = 9;
  EXPECT_FALSE(decoded(e));
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

}  // namespace
}  // namespace plimsoll
