/* Programs that do nothing, where the sensor's are: what a way to attach costs by itself. floor_WAY_*: those
 * of that way; floor_all_*: of each. */
#include "kernel_types.h"

#include <bpf/bpf_helpers.h>

#define PL_EMPTY(name, section) \
  SEC(section)                  \
  int floor_##name(void* ctx) { \
    return 0;                   \
  }

PL_EMPTY(all_exec, "tp_btf/sched_process_exec")
PL_EMPTY(all_newtask, "tp_btf/task_newtask")
PL_EMPTY(all_exit, "tp_btf/sched_process_exit")

PL_EMPTY(fexit_setresuid, "fexit/__x64_sys_setresuid")
PL_EMPTY(fexit_capset, "fexit/__x64_sys_capset")
PL_EMPTY(fexit_mount, "fexit/__x64_sys_mount")
PL_EMPTY(fexit_connect, "fentry/inet_dgram_connect")

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

PL_EMPTY(raw_enter, "tp_btf/sys_enter")
PL_EMPTY(raw_exit, "tp_btf/sys_exit")

/* By all ways but fexit, connects are seen by a cgroup's program; 1 lets them pass. */
SEC("cgroup/connect4")
int floor_cgroup_connect(void* ctx) {
  return 1;
}

char LICENSE[] SEC("license") = "GPL";
