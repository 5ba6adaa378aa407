/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls by the raw entry and exit tracepoints, which every call of the machine passes: for kernels
 * that refuse better ways. The entry stores the attempt with the task, and the exit passes it on with its
 * outcome.
 */
#include "calls.h"

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs* regs, long number) {
  struct task_struct* task = bpf_get_current_task_btf();
  __u8 call = call_of(task, number);
  if (call == PL_CALL_NONE) return 0;
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  call_begin(task, &t->pending, regs, call);
  return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs* regs, long result) {
  struct task_struct* task = bpf_get_current_task_btf();
  __u8 call = call_of(task, call_number(regs));
  if (call == PL_CALL_NONE) return 0;
  struct pl_task* t = task_find(task);
  if (!t || !t->slot) return 0;
  if (t->pending.call == PL_CALL_NONE) {
    /* No entry was seen: seccomp refused the call before the tracepoint. The attempt counts all the same. */
    if (result >= 0) return 0;
    call_begin(task, &t->pending, regs, call);
  }
  call_end(t, &t->pending, t->pending.call, result, true);
  return 0;
}
