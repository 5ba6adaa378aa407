// What arrives beside the behaviour: arguments, credentials, descriptors, ancestors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kernel/arena.h"
#include "tests/kernel/table.h"

namespace plimsoll::kernel_test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

// The last activity of that hook after setup.
const Activity& last(const Recording& recording, const std::string& hook) {
  const Activity* found = nullptr;
  for (const auto& a : recording.activities)
    if (a.hook == hook && a.behaviour.phase != Phase::setup) found = &a;
  if (!found) throw std::runtime_error("no event of hook " + hook);
  return *found;
}

TEST(Facts, ArgumentsComeWhole) {
  Arena arena;
  const auto recording = arena.run({"/trigger", "nothing", "two words", "\xff\x1b[31m"});
  const auto& p = last(recording, "exec").process;
  EXPECT_THAT(p.argv, ElementsAre("/trigger", "nothing", "two words", "\xff\x1b[31m"));
  EXPECT_FALSE(p.argv_truncated);
  EXPECT_EQ(p.cwd, "/");
  add_row("exec", "arguments", "the argument vector, byte for byte; cwd", !HasFailure());
}

TEST(Facts, LongArgumentsAreMarked) {
  Arena arena;
  const auto recording = arena.trigger("long-argv");
  EXPECT_TRUE(last(recording, "exec").process.argv_truncated);
}

TEST(Facts, SetUidFileGivesRootAndCapabilities) {
  Arena arena;
  const auto recording = arena.trigger("setuid-file");
  const auto& a = last(recording, "exec");
  EXPECT_TRUE(a.evidence.secure_exec);
  EXPECT_EQ(a.process.before.euid, 1000U);
  EXPECT_EQ(a.process.creds.euid, 0U);
  const auto& gains = std::get<ExecObject>(a.behaviour.object).gains;
  EXPECT_TRUE(gains.starts_with("uid 0,cap_")) << gains;
  EXPECT_NE(gains.find("cap_sys_admin"), std::string::npos) << gains;
  add_row("exec", "set-uid file", "ids and capabilities before and after, secure-exec", !HasFailure());
}

// Where few descriptors are open, their table lies in another place than where many are.
class StandardInput : public testing::TestWithParam<const char*> {};

TEST_P(StandardInput, IsToldToBeASocket) {
  Arena arena;
  const auto recording = arena.trigger(GetParam());
  const auto& a = last(recording, "exec");
  EXPECT_EQ(a.evidence.stdin_kind, StdinKind::socket);
  EXPECT_TRUE(a.evidence.stdout_socket);
  add_row("exec", GetParam(), "what descriptors 0 and 1 are", !HasFailure());
}

INSTANTIATE_TEST_SUITE_P(Facts, StandardInput,
                         testing::Values("socket-stdin", "forked-stdin", "crowded-stdin"));

TEST(Facts, APairOfUnixSocketsIsAPipe) {
  Arena arena;
  const auto recording = arena.trigger("pair-stdin");
  const auto& a = last(recording, "exec");
  EXPECT_EQ(a.evidence.stdin_kind, StdinKind::pipe);
  EXPECT_FALSE(a.evidence.stdout_socket);
}

TEST(Facts, LoaderVariables) {
  Arena arena;
  EXPECT_TRUE(last(arena.trigger("preload"), "exec").evidence.loader_variables);
  Arena other;
  EXPECT_FALSE(last(other.trigger("renamed"), "exec").evidence.loader_variables);
  add_row("exec", "LD_PRELOAD", "loader variables, and none where there are none", !HasFailure());
}

TEST(Facts, CapabilitiesBeforeAndAfter) {
  Arena arena;
  const auto recording = arena.trigger("capset");
  const auto& a = last(recording, "capset");
  constexpr std::uint64_t kNetRaw = 1ULL << 13U;
  EXPECT_EQ(a.process.creds.effective, kNetRaw);
  EXPECT_NE(a.process.before.effective, kNetRaw);
  EXPECT_NE(std::get<CapsetObject>(a.behaviour.object).dropped.find("cap_sys_admin"), std::string::npos);
}

TEST(Facts, AddressesAreEvidence) {
  Arena arena;
  const auto recording = arena.trigger("tcp-mapped");
  const auto& address = last(recording, "connect").evidence.address;
  ASSERT_TRUE(address);
  EXPECT_EQ(to_text(*address), "10.1.2.3");
}

TEST(Facts, AncestorsAreWithinTheContainer) {
  Arena arena;
  const auto recording = arena.trigger("fork");
  const auto& p = last(recording, "setid").process;
  ASSERT_THAT(p.ancestors, SizeIs(1));  // the parent; the test program above it is the host's
  EXPECT_EQ(p.ancestors[0].exe, "/trigger");
  EXPECT_EQ(p.ancestors[0].pid, p.ppid);
  add_row("lifecycle", "fork", "the child's slot, actor and ancestors", !HasFailure());
}

TEST(Facts, AThreadIsToldFromItsProcess) {
  Arena arena;
  const auto recording = arena.trigger("thread");
  const auto& p = last(recording, "setid").process;
  EXPECT_NE(p.pid, p.tid);
}

TEST(Facts, AThreadThatExecutesKeepsItsIdentity) {
  Arena arena;
  const auto recording = arena.trigger("thread-exec");
  const auto& executed = last(recording, "exec");
  EXPECT_EQ(executed.behaviour.actor, "/trigger");
  EXPECT_EQ(executed.slot, arena.slot());
  const auto& after = last(recording, "setid");
  EXPECT_EQ(after.behaviour.actor, "/trigger:other-name");
  EXPECT_EQ(after.process.pid, after.process.tid) << "it is the leader now";
  add_row("exec", "by a thread", "the actor before and after, slot, pid", !HasFailure());
}

// Who a program is afterwards: its file, and what it was called by where that is another name.
TEST(Facts, AnotherNameIsPartOfTheActor) {
  const auto actor = [](const std::string& what) {
    Arena arena;
    return last(arena.trigger(what), "setid").behaviour.actor;
  };
  EXPECT_EQ(actor("called-the-same"), "/trigger") << "only its directory is another";
  EXPECT_EQ(actor("called-like-it"), "/trigger:triggex") << "as long as its own";
  EXPECT_EQ(actor("called-long"), "/trigger:" + std::string(246, 'n')) << "what does not fit is cut off";
}

TEST(Facts, AScriptIsTheActor) {
  Arena arena;
  const auto recording = arena.trigger("script");
  const auto& a = last(recording, "exec");
  EXPECT_EQ(std::get<ExecObject>(a.behaviour.object).script, "/script.sh");
  EXPECT_EQ(a.evidence.filename, "/script.sh");
}

TEST(Facts, ARelativeScriptIsFoundByItsWholePath) {
  Arena arena;
  const auto recording = arena.trigger("relative-script");
  const auto& a = last(recording, "exec");
  EXPECT_EQ(std::get<ExecObject>(a.behaviour.object).script, "/tmp/relative.sh");
}

// By capabilities a swap of ids is only noticed: here at the task's end.
TEST(Facts, WhatATaskDidIsToldBeforeItsEnd) {
  Arena arena;
  const auto recording = arena.trigger("swap-saved");
  const auto& swap = last(recording, "setid");
  EXPECT_EQ(swap.process.creds.euid, 0U);
  for (const auto& e : recording.others) {
    const auto* x = std::get_if<TaskExited>(&e);
    if (x != nullptr && x->slot == arena.slot()) {
      EXPECT_LE(swap.time, x->time);
    }
  }
}

TEST(Facts, TheEndOfAProgramWithNewBehaviourIsTold) {
  Arena arena;
  const auto recording = arena.trigger("unknown-word");  // exits with 2
  int exits = 0;
  for (const auto& e : recording.others) {
    const auto* x = std::get_if<TaskExited>(&e);
    if (!x || x->slot != arena.slot()) continue;
    exits++;
    EXPECT_EQ(x->exit_code, 2 << 8);
  }
  EXPECT_EQ(exits, 1);
  add_row("lifecycle", "exit", "slot, exit code", !HasFailure());
}

}  // namespace
}  // namespace plimsoll::kernel_test
