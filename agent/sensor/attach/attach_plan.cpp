#include "agent/sensor/attach/attach_plan.h"

#include <algorithm>
#include <array>

namespace plimsoll {
namespace {

constexpr std::string_view kSystemCalls = "setid capset mount ns connect socket";
constexpr std::string_view kFunctions = "setid capset mount ns connect socket dns";

constexpr std::string_view kMountRaces =
    "string arguments are read from user memory at the end of the call, where a racing thread can change "
    "them";
constexpr std::string_view kProbeLimits =
    "calls that seccomp refuses; calls of further threads while twice as many threads as CPUs (ten at least) "
    "wait "
    "in the same call, which are only counted, as missed";
constexpr std::string_view kUnixRefused = "AF_UNIX connects that a security module refuses";
constexpr std::string_view kUnixLimits =
    "AF_UNIX connects made through io_uring; the path of a refused connect is read from user memory at the "
    "end of "
    "the call, where a racing thread can change it";
constexpr std::string_view kUnchecked =
    "calls that seccomp refuses, or that fail before a capability is asked for";
constexpr std::string_view kNoticedIds =
    "swaps among the real, effective and saved ids take no capability and are seen late: at the task's next "
    "exec, "
    "connect, raw socket or watched call, or at its end; not at all if they are undone by then";
constexpr std::string_view kNoticedNs =
    "a new user namespace alone takes no capability and is seen late, as swaps of ids are";
constexpr std::string_view kUncheckedMounts =
    "fsconfig(2), and open_tree(2) that copies nothing, which take no capability";
constexpr std::string_view kUnasked =
    "calls that fail before security modules are asked, or that change no id; the result of the others: new "
    "ids and "
    "capabilities are taken as given, all else is reported as an attempt";
constexpr std::string_view kAnswers =
    "names that are resolved over TCP, TLS or HTTPS, or by a cache that answers on a unix socket";
constexpr std::string_view kAnswersApart =
    "answers whose bytes are not contiguous in memory (counted as missed)";
constexpr std::string_view kSocketcallRace =
    "arguments of i386's socketcall(2) are read from user memory at its end, where a racing thread can "
    "change them";

constexpr std::array kPlan{
    PlannedProgram{.program = "on_exec",
                   .hooks = "exec",
                   .way = "tp_btf/sched_process_exec",
                   .limits = {{{"", "the origin of a script's own file (its interpreter's is known)"}}}},
    PlannedProgram{.program = "on_newtask", .hooks = "lifecycle", .way = "tp_btf/task_newtask"},
    PlannedProgram{.program = "on_cgroup_mkdir", .hooks = "cgroup", .way = "tp_btf/cgroup_mkdir"},
    PlannedProgram{.program = "on_cgroup_rmdir", .hooks = "cgroup", .way = "tp_btf/cgroup_rmdir"},
    PlannedProgram{.program = "on_cgroup_attach", .hooks = "cgroup", .way = "tp_btf/cgroup_attach_task"},
    PlannedProgram{.program = "call_*",
                   .hooks = kFunctions,
                   .way = "fexit",
                   .limits = {{{"", "calls that seccomp refuses"},
                               {"mount", kMountRaces},
                               {"connect", kUnixRefused},
                               {"dns", kAnswers},
                               {"dns", kAnswersApart}}},
                   .family = Family::system_calls,
                   .probe = "call_setuid",
                   .alternative = "fexit"},
    PlannedProgram{.program = "probe_*",
                   .hooks = kFunctions,
                   .way = "kprobe",
                   .kind = AttachKind::kprobe,
                   .limits = {{{"", kProbeLimits},
                               {"mount", kMountRaces},
                               {"connect", kUnixRefused},
                               {"socket", kSocketcallRace},
                               {"dns", kAnswers},
                               {"dns", kAnswersApart}}},
                   .family = Family::system_calls,
                   .probe = "probe_call_returned",
                   .alternative = "kprobe"},
    PlannedProgram{.program = "capable_*",
                   .hooks = "setid capset mount ns socket",
                   .way = "tp_btf/cap_capable",
                   .limits = {{{"", kUnchecked},
                               {"setid", kNoticedIds},
                               {"ns", kNoticedNs},
                               {"mount", kUncheckedMounts},
                               {"mount", kMountRaces},
                               {"socket", "vsock sockets, which take no capability"}}},
                   .family = Family::system_calls,
                   .probe = "capable_asked",
                   .alternative = "capable"},
    PlannedProgram{.program = "on_connect_unix",
                   .hooks = "connect",
                   .way = "cgroup/connect_unix",
                   .kind = AttachKind::cgroup2,
                   .limits = {{{"", kUnixRefused}}},
                   .only_with = "capable"},
    PlannedProgram{.program = "lsm_*",
                   .hooks = kSystemCalls,
                   .way = "lsm",
                   .kind = AttachKind::lsm,
                   .limits = {{{"", kUnasked},
                               {"mount", kMountRaces},
                               {"mount", "fsopen(2), fsmount(2), open_tree(2) and mount_setattr(2)"},
                               {"ns", "setns(2), and unshare(2) of anything but a user namespace"},
                               {"connect", "by what other name an AF_UNIX socket listens"}}},
                   .family = Family::system_calls,
                   .probe = "lsm_setuid",
                   .alternative = "lsm"},
    PlannedProgram{
        .program = "on_sys_*",
        .hooks = kSystemCalls,
        .way = "tp_btf/sys_enter+sys_exit",
        .limits = {{{"mount", kMountRaces}, {"connect", kUnixLimits}, {"socket", kSocketcallRace}}},
        .family = Family::system_calls,
        .probe = "on_sys_exit",
        .alternative = "raw",
        .only_if_asked = true},
    // After the others: changes that are found at a task's exit are reported before the exit.
    PlannedProgram{.program = "on_exit", .hooks = "lifecycle", .way = "tp_btf/sched_process_exit"},
    PlannedProgram{.program = "on_connect4",
                   .hooks = "connect",
                   .way = "cgroup/connect4",
                   .kind = AttachKind::cgroup2,
                   .unless = "fexit"},
    PlannedProgram{.program = "on_connect6",
                   .hooks = "connect",
                   .way = "cgroup/connect6",
                   .kind = AttachKind::cgroup2,
                   .unless = "fexit"},
    PlannedProgram{.program = "on_sendmsg4",
                   .hooks = "connect",
                   .way = "cgroup/sendmsg4",
                   .kind = AttachKind::cgroup2,
                   .unless = "fexit"},
    PlannedProgram{.program = "on_sendmsg6",
                   .hooks = "connect",
                   .way = "cgroup/sendmsg6",
                   .kind = AttachKind::cgroup2,
                   .unless = "fexit"},
    PlannedProgram{.program = "on_sock_create",
                   .hooks = "socket",
                   .way = "cgroup/sock_create",
                   .kind = AttachKind::cgroup2,
                   .limits = {{{"", "packet and vsock sockets made through io_uring"}}},
                   .unless = "fexit"},
    // It runs for every packet that comes in on this host, and lets all pass at once but those from port 53.
    PlannedProgram{.program = "on_answer",
                   .hooks = "dns",
                   .way = "cgroup_skb/ingress",
                   .kind = AttachKind::cgroup2,
                   .limits = {{{"", kAnswers}, {"", "answers behind IPv6 extension headers"}}},
                   .unless = "fexit kprobe"},
};

}  // namespace

std::span<const PlannedProgram> attach_plan() {
  return kPlan;
}

std::string blind_to(const PlannedProgram& row, std::string_view hook) {
  std::string all;
  for (const Limit& limit : row.limits) {
    if (limit.text.empty() || (!limit.hook.empty() && limit.hook != hook)) continue;
    all.append(all.empty() ? "" : "; ").append(limit.text);
  }
  return all;
}

bool belongs(std::string_view program, const PlannedProgram& row) {
  return row.program.ends_with('*') ? program.starts_with(row.program.substr(0, row.program.size() - 1))
                                    : program == row.program;
}

std::string_view hook_of(std::string_view program) {
  struct Sign {
    std::string_view part, hook;
  };
  // In this order: mount_setattr is no setid.
  constexpr std::array<Sign, 14> kCalls{{{"answer", "dns"},
                                         {"mount", "mount"},
                                         {"fsopen", "mount"},
                                         {"fsconfig", "mount"},
                                         {"open_tree", "mount"},
                                         {"pivot_root", "mount"},
                                         {"setns", "ns"},
                                         {"unshare", "ns"},
                                         {"capset", "capset"},
                                         {"sock", "socket"},
                                         {"connect", "connect"},
                                         {"udp", "connect"},
                                         {"unix_", "connect"},
                                         {"set", "setid"}}};
  const auto row = std::ranges::find_if(kPlan, [&](const PlannedProgram& r) { return belongs(program, r); });
  if (row == kPlan.end() || row->kind == AttachKind::kprobe) return {};
  const auto sign = std::ranges::find_if(kCalls, [&](const Sign& s) { return program.contains(s.part); });
  const bool of_one_hook = row->alternative == "fexit" || row->kind == AttachKind::lsm;
  if (of_one_hook && sign != kCalls.end()) return sign->hook;
  return row->hooks.substr(0, row->hooks.find(' '));
}

bool may_lack_target(std::string_view program) {
  return program.ends_with("_32") || program == "call_open_tree_attr" || program == "lsm_unshare" ||
         program == "lsm_setgroups";
}

}  // namespace plimsoll
