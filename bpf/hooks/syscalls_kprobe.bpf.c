/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls by kprobes at the kernel's own functions for them and at their ends: for kernels that cannot
 * attach to a function's end otherwise. One program is attached to all entries and one to all returns; a
 * cookie says which call it is. The return takes the arguments from the caller's registers, which still hold
 * them; the entry only marks the task, so that a call whose return is not seen is counted. */
#include "calls.h"

SEC("kprobe")
int probe_call_entered(struct pt_regs* ctx) {
  struct pl_task* t = current_identity(bpf_get_current_task_btf());
  if (!t) return 0;
  calls_missed(t);
  t->pending.entered = (__u8)bpf_get_attach_cookie(ctx);
  return 0;
}

SEC("kretprobe")
int probe_call_returned(struct pt_regs* ctx) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  __u8 call = (__u8)bpf_get_attach_cookie(ctx);
  t->pending.entered = PL_CALL_NONE;
  struct pl_pending_call at;
  call_begin(task, &at, (void*)bpf_task_pt_regs(task), call);
  call_end(t, &at, call, function_result(ctx), false);
  return 0;
}

/* Unix connects, at the functions behind connect(2) and io_uring's: the entry stores the arguments, which are
 * gone at the return. It may come inside a call that is watched itself: a mount that connects to its server.
 */
SEC("kprobe")
int probe_unix_entered(struct pt_regs* ctx) {
  struct pl_task* t = current_identity(bpf_get_current_task_btf());
  if (!t) return 0;
  connect_missed(t);
  function_arguments(ctx, t->pending.args);
  t->pending.connecting = 1;
  return 0;
}

SEC("kretprobe")
int probe_unix_returned(struct pt_regs* ctx) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = task_find(task);
  if (t && t->slot && t->pending.connecting) {
    t->pending.connecting = 0;
    return unix_returned(t->pending.args[0], t->pending.args[1], (__u32)t->pending.args[2],
                         (int)function_result(ctx));
  }
  t = current_identity(task); /* the entry was not seen, or the task entered the container meanwhile */
  if (t) count_missed(PL_HOOK_CONNECT, t->slot);
  return 0;
}
