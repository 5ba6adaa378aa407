/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls at the end of the kernel's own functions for them, 64-bit and 32-bit: nothing is added to any
 * other call. Sockets have programs of their own. */
#include "call_functions.h"
#include "calls.h"
#include "creds.h"

/* The arguments are read only where they are needed: the result of a successful change of ids or capabilities
 * is in the credentials. */
static __always_inline int call_returned(const struct pt_regs* regs, __u8 call, enum pl_callers callers,
                                         long result) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  bool ids = call >= PL_CALL_SETUID && call <= PL_CALL_SETGROUPS;
  bool by_arguments = result < 0 || call == PL_CALL_SETFSUID || call == PL_CALL_SETFSGID;
  struct pl_pending_call at = {.call = call};
  if ((ids || call == PL_CALL_CAPSET) && !by_arguments)
    at.compat = callers == PL_EITHER ? is_compat(task) : callers == PL_32;
  else
    call_begin(task, &at, regs, call);
  __s64 r = at.compat ? (__s32)result : result;
  if (ids)
    setid_done(task, t, &at, r, task->cred, true);
  else if (call == PL_CALL_CAPSET)
    capset_done(task, t, &at, r, task->cred, true);
  else
    call_end(t, &at, call, result, false);
  return 0;
}

#define PL_AT_END_OF(program, function, callers, call)               \
  SEC("fexit/" function)                                             \
  int BPF_PROG(call_##program, const struct pt_regs* regs, long r) { \
    return call_returned(regs, call, callers, r);                    \
  }

PL_CALL_FUNCTIONS(PL_AT_END_OF)
