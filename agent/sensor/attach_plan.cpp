#include "agent/sensor/attach_plan.h"

#include <array>

namespace plimsoll {
namespace {

constexpr std::string_view kRaces =
    "string arguments are read from user memory at the call's end: a racing thread can change them";

constexpr std::array kPlan{
    PlannedProgram{"on_exec", "exec", "tp_btf/sched_process_exec", AttachKind::tracepoint,
                   "the origin of a script's own file (its interpreter's is known)"},
    PlannedProgram{"on_newtask", "lifecycle", "tp_btf/task_newtask", AttachKind::tracepoint, ""},
    PlannedProgram{"on_exit", "lifecycle", "tp_btf/sched_process_exit", AttachKind::tracepoint, ""},
    PlannedProgram{"on_cgroup_mkdir", "cgroup", "tp_btf/cgroup_mkdir", AttachKind::tracepoint, ""},
    PlannedProgram{"on_cgroup_rmdir", "cgroup", "tp_btf/cgroup_rmdir", AttachKind::tracepoint, ""},
    PlannedProgram{"on_cgroup_attach", "cgroup", "tp_btf/cgroup_attach_task", AttachKind::tracepoint, ""},
    PlannedProgram{"on_sys_enter", "setid capset mount ns connect socket", "tp_btf/sys_enter",
                   AttachKind::tracepoint, kRaces},
    PlannedProgram{"on_sys_exit", "setid capset mount ns connect socket", "tp_btf/sys_exit",
                   AttachKind::tracepoint, kRaces},
    PlannedProgram{"on_connect4", "connect", "cgroup/connect4", AttachKind::cgroup2,
                   "AF_UNIX connects made through io_uring"},
    PlannedProgram{"on_connect6", "connect", "cgroup/connect6", AttachKind::cgroup2, ""},
    PlannedProgram{"on_sendmsg4", "connect", "cgroup/sendmsg4", AttachKind::cgroup2, ""},
    PlannedProgram{"on_sendmsg6", "connect", "cgroup/sendmsg6", AttachKind::cgroup2, ""},
    PlannedProgram{"on_sock_create", "socket", "cgroup/sock_create", AttachKind::cgroup2,
                   "packet and vsock sockets made through io_uring"},
};

}  // namespace

std::span<const PlannedProgram> attach_plan() {
  return kPlan;
}

}  // namespace plimsoll
