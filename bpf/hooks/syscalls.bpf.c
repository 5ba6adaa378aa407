/* System calls by the raw entry and exit tracepoints: they see 64-bit and 32-bit callers alike. The entry
 * keeps the attempt with the task, the end hands it with its outcome to the family's handler. */
#include "syscalls.h"
#include "finish.h"

static __always_inline void begin_call(struct task_struct* task, struct pl_task* t, struct pt_regs* regs,
                                       __u8 call) {
  t->pending.compat = is_compat(task);
  call_arguments(regs, t->pending.compat, t->pending.args);
  t->pending.call = call;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs* regs, long number) {
  struct task_struct* task = bpf_get_current_task_btf();
  __u8 call = call_of(task, number);
  if (call == PL_CALL_NONE) return 0;
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  begin_call(task, t, regs, call);
  return 0;
}

/* i386's socketcall(2): SYS_SOCKET 1, SYS_CONNECT 3, arguments behind a pointer. */
static __always_inline void unpack_socketcall(struct pl_task* t) {
  __u32 args[3] = {};
  __u64 which = t->pending.args[0];
  t->pending.call = PL_CALL_NONE;
  if (which != 1 && which != 3) return;
  if (bpf_probe_read_user(args, sizeof(args), (void*)t->pending.args[1])) return;
  for (int i = 0; i < 3; i++) t->pending.args[i] = args[i];
  t->pending.call = which == 1 ? PL_CALL_SOCKET : PL_CALL_CONNECT;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs* regs, long result) {
  struct task_struct* task = bpf_get_current_task_btf();
  __u8 number = call_of(task, call_number(regs));
  if (number == PL_CALL_NONE) return 0;
  struct pl_task* t = task_find(task);
  if (!t || !t->slot) return 0;
  if (t->pending.call == PL_CALL_NONE) {
    /* No entry was seen: seccomp refused the call before the tracepoint. The attempt counts all the same. */
    if (result >= 0) return 0;
    begin_call(task, t, regs, number);
  }
  if (t->pending.call == PL_CALL_SOCKETCALL) unpack_socketcall(t);
  __s64 r = t->pending.compat ? (__s32)result : result;
  __u8 call = t->pending.call;
  if (call >= PL_CALL_SETUID && call <= PL_CALL_SETGROUPS)
    setid_finish(r);
  else if (call == PL_CALL_CAPSET)
    capset_finish(r);
  else if (call >= PL_CALL_MOUNT && call <= PL_CALL_PIVOT_ROOT)
    mount_finish(r);
  else if (call == PL_CALL_SETNS || call == PL_CALL_UNSHARE)
    ns_finish(r);
  else if (call == PL_CALL_CONNECT)
    unix_connect_finish(r);
  else if (call == PL_CALL_SOCKET)
    socket_finish(r);
  t->pending.call = PL_CALL_NONE;
  return 0;
}
