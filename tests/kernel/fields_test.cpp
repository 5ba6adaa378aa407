// Each watched act, done once in a container, arrives with the right fields.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "tests/kernel/arena.h"
#include "tests/kernel/table.h"

namespace plimsoll::kernel_test {
namespace {

const std::string kCapable = "tp_btf/cap_capable", kLsm = "lsm";

struct Case {
  std::string trigger;
  std::string hook;
  std::string expected;  ///< describe() of the behaviour, without its phase
  std::string syscall;   ///< evidence; empty where the hook has none
  bool compat = false;
  std::vector<std::string> unseen_by;  ///< ways of attaching that cannot see it, and say so
  std::string program = "/trigger";    ///< empty: it could not be built
  bool unchecked =
      false;  ///< no capability is asked for: seen late, and without its call, by tp_btf/cap_capable
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.trigger << ": " << c.expected;
}

std::string without_phase(const Behaviour& b) {
  const std::string text = describe(b);
  return text.substr(text.find(' ') + 1);
}

std::string all_of(const Recording& run) {
  std::string text;
  for (const auto& a : run.activities) text += "  " + a.hook + ": " + describe(a.behaviour) + "\n";
  return text;
}

const Activity* find(const Recording& run, const std::string& expected) {
  for (const auto& a : run.activities)
    if (a.behaviour.phase != Phase::setup && without_phase(a.behaviour) == expected) return &a;
  return nullptr;
}

/// What this kernel's way makes of it: one that comes before a call is done tells it as an attempt.
std::string expected_here(const Case& c) {
  if (!attached_by(c.hook, kLsm) || c.hook == "setid" || c.hook == "capset" || c.hook == "connect")
    return c.expected;
  return c.expected.substr(0, c.expected.find(" outcome=")) + " outcome=attempt";
}

class Fields : public testing::TestWithParam<Case> {};

TEST_P(Fields, ArriveRight) {
  const Case& c = GetParam();
  if (c.program.empty()) {
    std::cout << "SKIP " << c.trigger << ": the tests were built without a compiler for 32-bit programs\n";
    GTEST_SKIP();
  }
  Arena arena;
  const Recording run = arena.run({c.program, c.trigger});
  EXPECT_EQ(run.status, 0) << "the trigger itself failed";
  const std::string expected = expected_here(c);
  const Activity* a = find(run, expected);
  for (const std::string& way : c.unseen_by) {
    if (!attached_by(c.hook, way)) continue;
    EXPECT_EQ(a, nullptr) << "it is seen after all: " << way << " should no longer say otherwise";
    add_row(c.hook, c.trigger, "not to be seen by " + way, !HasFailure());
    return;
  }
  if (!a) {
    add_row(c.hook, c.trigger, expected, false);
    FAIL() << "did not arrive: " << expected << "\narrived:\n" << all_of(run);
  }
  EXPECT_EQ(a->hook, c.hook);
  EXPECT_EQ(a->behaviour.phase, Phase::startup);
  const bool late = c.unchecked && attached_by(c.hook, kCapable);
  EXPECT_EQ(a->evidence.syscall, late ? "" : c.syscall);
  EXPECT_EQ(a->evidence.compat, c.compat);
  EXPECT_EQ(a->slot, arena.slot());
  EXPECT_EQ(a->cgroup, arena.made().cgroup);
  EXPECT_GT(a->process.pid, 0U);
  EXPECT_GE(a->process.argv.size(), 2U);
  add_row(c.hook, c.trigger, expected, !HasFailure());
}

const std::string kActor = "/trigger ";

INSTANTIATE_TEST_SUITE_P(
    Ids, Fields,
    testing::Values(
        Case{"setuid", "setid", kActor + "setid kind=uid from=0 to=1001", "setuid"},
        Case{"setgid", "setid", kActor + "setid kind=gid from=0 to=1002", "setgid"},
        Case{"setreuid", "setid", kActor + "setid kind=uid from=0 to=1003:1004:1004:1004", "setreuid"},
        Case{"setregid", "setid", kActor + "setid kind=gid from=0 to=1005:1006:1006:1006", "setregid"},
        Case{"setresuid", "setid", kActor + "setid kind=uid from=0 to=1007:1008:1009:1008", "setresuid"},
        Case{"setresgid", "setid", kActor + "setid kind=gid from=0 to=1010:1011:1012:1011", "setresgid"},
        Case{"setfsuid", "setid", kActor + "setid kind=uid from=0 to=0:0:0:1013", "setfsuid"},
        Case{"setfsgid", "setid", kActor + "setid kind=gid from=0 to=0:0:0:1014", "setfsgid"},
        Case{"setgroups", "setid", kActor + "setid kind=groups to=1015,1016,1017", "setgroups"},
        Case{"swap-saved",
             "setid",
             kActor + "setid kind=uid from=1000:1000:0:1000 to=1000:0:0:0",
             "setresuid",
             false,
             {},
             "/trigger",
             true},
        Case{"swap-groups",
             "setid",
             kActor + "setid kind=gid from=1000:1000:0:1000 to=1000:0:0:0",
             "setresgid",
             false,
             {},
             "/trigger",
             true},
        Case{"swap-undone",
             "setid",
             kActor + "setid kind=uid from=1000:1000:0:1000 to=1000:0:0:0",
             "setresuid",
             false,
             {kCapable}},
        Case{"fork", "setid", kActor + "setid kind=uid from=0 to=1234", "setuid"},
        Case{"thread", "setid", kActor + "setid kind=uid from=0 to=0:1235:0:1235", "setresuid"}));

#if defined(__x86_64__)
const std::string kProgram32 = "/trigger";
#elif defined(PLIMSOLL_TRIGGER32)
const std::string kProgram32 = "/trigger32";
#else
const std::string kProgram32;
#endif

Case compat(const std::string& trigger, const std::string& hook, const std::string& what,
            const std::string& syscall) {
  return {trigger, hook, kProgram32 + " " + what, syscall, true, {}, kProgram32};
}

INSTANTIATE_TEST_SUITE_P(
    Compat, Fields,
    testing::Values(
        compat("setuid32", "setid", "setid kind=uid from=0 to=1020", "setuid"),
        compat("setuid16", "setid", "setid kind=uid from=0 to=1021", "setuid"),
        compat("setresuid32", "setid", "setid kind=uid from=0 to=1022:1023:1024:1023", "setresuid"),
        compat("mount32", "mount", "mount op=mount fs=tmpfs source=none32 target=/mnt", "mount"),
        compat("connect32", "connect", "connect proto=unix dest=/run/nobody-listens.sock", "connect")));

#if defined(__x86_64__)  // no other has this call
INSTANTIATE_TEST_SUITE_P(Socketcall, Fields,
                         testing::Values(compat("connect-socketcall", "connect",
                                                "connect proto=unix dest=/run/nobody-listens.sock",
                                                "connect")));
#endif

INSTANTIATE_TEST_SUITE_P(
    Mounts, Fields,
    testing::Values(
        Case{"mount", "mount", kActor + "mount op=mount fs=tmpfs source=plimsoll-dev target=/mnt", "mount"},
        Case{"bind", "mount", kActor + "mount op=bind source=/tmp target=/mnt", "mount"},
        Case{"umount", "mount", kActor + "mount op=umount target=/mnt", "umount2"},
        Case{"new-mount-api", "mount", kActor + "mount op=fsopen fs=tmpfs", "fsopen", false, {kLsm}},
        Case{"new-mount-api",
             "mount",
             kActor + "mount op=fsconfig source=plimsoll-src",
             "fsconfig",
             false,
             {kCapable}},
        Case{"look-at-tree",
             "mount",
             kActor + "mount op=open_tree source=/proc",
             "open_tree",
             false,
             {kCapable, kLsm}},
        Case{"new-mount-api", "mount", kActor + "mount op=fsmount", "fsmount", false, {kLsm}},
        Case{"new-mount-api", "mount", kActor + "mount op=move_mount target=/mnt", "move_mount"},
        Case{"new-mount-api", "mount", kActor + "mount op=open_tree source=/mnt", "open_tree", false, {kLsm}},
        Case{"new-mount-api",
             "mount",
             kActor + "mount op=mount_setattr target=/mnt",
             "mount_setattr",
             false,
             {kLsm}},
        Case{"pivot_root", "mount", kActor + "mount op=pivot_root source=old target=.", "pivot_root"}));

INSTANTIATE_TEST_SUITE_P(
    Connects, Fields,
    testing::Values(
        Case{"tcp4", "connect", kActor + "connect proto=tcp dest=loopback port=4101", ""},
        Case{"tcp6", "connect", kActor + "connect proto=tcp dest=loopback port=4102", ""},
        Case{"tcp-mapped", "connect", kActor + "connect proto=tcp dest=private port=4103", ""},
        Case{"udp4", "connect", kActor + "connect proto=udp dest=imds port=80", ""},
        Case{"udp6", "connect", kActor + "connect proto=udp dest=imds port=80", ""},
        Case{"sendto4", "connect", kActor + "connect proto=udp dest=public port=4104", ""},
        Case{"sendto6", "connect", kActor + "connect proto=udp dest=public port=4105", ""},
        Case{"sendto-mapped", "connect", kActor + "connect proto=udp dest=private port=4109", ""},
        Case{"fast-open", "connect", kActor + "connect proto=tcp dest=loopback port=4106", ""},
        Case{"uring-connect", "connect", kActor + "connect proto=tcp dest=loopback port=4107", ""},
        Case{"uring-sendmsg", "connect", kActor + "connect proto=udp dest=loopback port=4108", ""},
        Case{"uring-unix",
             "connect",
             kActor + "connect proto=unix dest=/run/by-uring.sock",
             "connect",
             false,
             {"tp_btf/sys_enter+sys_exit"}},
        Case{"unix", "connect", kActor + "connect proto=unix dest=/run/docker.sock", "connect"},
        Case{"unix-renamed",
             "connect",
             kActor + "connect proto=unix dest=/run/docker.sock",
             "connect",
             false,
             {kLsm}},
        Case{"unix-abstract", "connect", kActor + "connect proto=unix dest=@plimsoll-test", "connect"}));

INSTANTIATE_TEST_SUITE_P(
    Sockets, Fields,
    testing::Values(
        Case{"packet", "socket", kActor + "socket family=packet type=raw", "socket"},
        Case{"vsock", "socket", kActor + "socket family=vsock type=stream", "socket", false, {kCapable}},
        Case{"raw", "socket", kActor + "socket family=inet type=raw outcome=attempt", ""}));

INSTANTIATE_TEST_SUITE_P(
    Namespaces, Fields,
    testing::Values(Case{"unshare", "ns", kActor + "ns op=unshare types=ipc,uts", "unshare", false, {kLsm}},
                    Case{"unshare-user", "ns", kActor + "ns op=unshare types=user", "unshare"},
                    Case{"setns", "ns", kActor + "ns op=setns types=uts", "setns", false, {kLsm}}));

INSTANTIATE_TEST_SUITE_P(
    Execs, Fields,
    testing::Values(
        Case{"setuid", "exec", "runtime exec path=/trigger as=trigger origin=image", ""},
        Case{"memfd", "exec", kActor + "exec path=memfd:hidden origin=memfd", ""},
        Case{"dropped", "exec", kActor + "exec path=/tmp/dropped as=dropped origin=upper_new", ""},
        Case{"modified", "exec", kActor + "exec path=/image-file as=image-file origin=modified", ""},
        Case{"chowned", "exec", kActor + "exec path=/image-file as=image-file origin=upper_copy", ""},
        Case{"moved", "exec", kActor + "exec path=/moved as=moved origin=upper_new", ""},
        Case{"volume", "exec", kActor + "exec path=/mnt/on-volume as=on-volume origin=volume", ""},
        Case{"renamed", "exec", kActor + "exec path=/trigger as=other-name origin=image", ""},
        Case{"script", "exec", kActor + "exec path=/trigger as=trigger script=/script.sh origin=image", ""},
        Case{"deleted", "exec", kActor + "exec path=/tmp/gone origin=deleted", ""}));

INSTANTIATE_TEST_SUITE_P(
    Failures, Fields,
    testing::Values(
        Case{"failed",
             "setid",
             kActor + "setid kind=uid from=1000 to=0 outcome=failed",
             "setuid",
             false,
             {kLsm}},
        Case{"failed", "mount", kActor + "mount op=mount fs=tmpfs source=none target=/mnt outcome=failed",
             "mount"},
        Case{"seccomp",
             "mount",
             kActor + "mount op=mount fs=tmpfs source=refused target=/mnt outcome=failed",
             "mount",
             false,
             {"fexit", "kprobe", kCapable, kLsm}},
        Case{"failed",
             "capset",
             kActor + "capset gained=cap_sys_admin outcome=failed",
             "capset",
             false,
             {kLsm}},
        Case{"failed", "ns", kActor + "ns op=unshare types=net outcome=failed", "unshare", false, {kLsm}},
        Case{"failed", "socket", kActor + "socket family=packet type=raw outcome=failed", "socket"}));

}  // namespace
}  // namespace plimsoll::kernel_test
