/* Programs that do nothing, where the sensor's are: what a way to attach costs by itself. floor_WAY_*: those
 * of that way; floor_all_*: of each. */
#include "kernel_types.h"

#include <bpf/bpf_helpers.h>

#define PL_ANSWERS(name, section, answer) \
  SEC(section)                            \
  int floor_##name(void* ctx) {           \
    return answer;                        \
  }
#define PL_EMPTY(name, section) PL_ANSWERS(name, section, 0)
/* Those of cgroups let what they see pass. */
#define PL_PASS(name, section) PL_ANSWERS(name, section, 1)

PL_EMPTY(all_exec, "tp_btf/sched_process_exec")
PL_EMPTY(all_newtask, "tp_btf/task_newtask")
PL_EMPTY(all_exit, "tp_btf/sched_process_exit")

PL_EMPTY(fexit_setresuid, "fexit/__x64_sys_setresuid")
PL_EMPTY(fexit_capset, "fexit/__x64_sys_capset")
PL_EMPTY(fexit_mount, "fexit/__x64_sys_mount")
PL_EMPTY(fexit_connect, "fentry/inet_dgram_connect")

PL_EMPTY(fexit_ask, "fentry/udp_sendmsg")
PL_EMPTY(fexit_answer, "fentry/skb_consume_udp")

PL_EMPTY(lsm_setresuid, "lsm/task_fix_setuid")
PL_EMPTY(lsm_capset, "lsm/capset")
PL_EMPTY(lsm_mount, "lsm/sb_mount")
PL_EMPTY(lsm_connect, "lsm/socket_connect")

PL_EMPTY(kprobe_setresuid, "kprobe/__x64_sys_setresuid")
PL_EMPTY(kprobe_setresuid_end, "kretprobe/__x64_sys_setresuid")
PL_EMPTY(kprobe_capset, "kprobe/__x64_sys_capset")
PL_EMPTY(kprobe_capset_end, "kretprobe/__x64_sys_capset")
PL_EMPTY(kprobe_mount, "kprobe/__x64_sys_mount")
PL_EMPTY(kprobe_mount_end, "kretprobe/__x64_sys_mount")

PL_EMPTY(kprobe_answer, "kprobe/skb_consume_udp")

PL_EMPTY(raw_enter, "tp_btf/sys_enter")
PL_EMPTY(raw_exit, "tp_btf/sys_exit")

PL_PASS(lsm_begin, "cgroup/connect4")
PL_PASS(lsm_ask, "cgroup/sendmsg4")
PL_PASS(lsm_answer, "cgroup_skb/ingress")
PL_PASS(kprobe_begin, "cgroup/connect4")
PL_PASS(kprobe_ask, "cgroup/sendmsg4")
PL_PASS(raw_begin, "cgroup/connect4")
PL_PASS(raw_ask, "cgroup/sendmsg4")
PL_PASS(raw_answer, "cgroup_skb/ingress")

char LICENSE[] SEC("license") = "GPL";
