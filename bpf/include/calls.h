/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A watched system call from its arguments to its family's handler: shared by the ways that see it. */
#ifndef PLIMSOLL_CALLS_H
#define PLIMSOLL_CALLS_H

#include "finish.h"
#include "missed.h"
#include "syscalls.h"

static __always_inline void call_begin(struct task_struct* task, struct pl_pending_call* at,
                                       const struct pt_regs* regs, __u8 call) {
  at->compat = is_compat(task);
  call_arguments(regs, at->compat, at->args);
  at->call = call;
}

enum { PL_EFAULT = 14 };

/* i386's socketcall(2): SYS_SOCKET 1, SYS_CONNECT 3, arguments behind a pointer. */
static __always_inline __u8 unpack_socketcall(struct pl_task* t, struct pl_pending_call* at, __s64 result,
                                              bool connects) {
  __u32 args[3] = {};
  __u64 which = at->args[0];
  if (which != 1 && !(connects && which == 3)) return PL_CALL_NONE;
  if (bpf_probe_read_user(args, sizeof(args), (void*)at->args[1])) {
    /* Another thread has taken them away since the kernel read them, if it could. */
    if (result != -PL_EFAULT) count_missed(which == 1 ? PL_HOOK_SOCKET : PL_HOOK_CONNECT, t->slot);
    return PL_CALL_NONE;
  }
  for (int i = 0; i < 3; i++) at->args[i] = args[i];
  return at->call = which == 1 ? PL_CALL_SOCKET : PL_CALL_CONNECT;
}

/* `call` is the one at `at`; a constant, where the way knows it, leaves only its own handler in the program.
 * `connects`: this way sees unix connects here, and nowhere else. */
static __always_inline void call_end(struct pl_task* t, struct pl_pending_call* at, __u8 call, long result,
                                     bool connects) {
  __s64 r = at->compat && result != PL_RESULT_UNKNOWN ? (__s32)result : result;
  if (call == PL_CALL_SOCKETCALL) call = unpack_socketcall(t, at, r, connects);
  if (call >= PL_CALL_SETUID && call <= PL_CALL_SETGROUPS)
    setid_finish(t, at, r);
  else if (call == PL_CALL_CAPSET)
    capset_finish(t, at, r);
  else if (call >= PL_CALL_MOUNT && call <= PL_CALL_PIVOT_ROOT)
    mount_finish(t, at, r);
  else if (call == PL_CALL_SETNS || call == PL_CALL_UNSHARE)
    ns_finish(t, at, r);
  else if (connects && call == PL_CALL_CONNECT)
    unix_connect_finish(t, at, r);
  else if (call == PL_CALL_SOCKET)
    socket_finish(t, at, r);
  at->call = PL_CALL_NONE;
}

#endif
