/* System calls at the end of the kernel's own functions for them, 64-bit and 32-bit: nothing is added to any
 * other call. Sockets have programs of their own. */
#include "call_functions.h"
#include "calls.h"

static __always_inline int call_returned(const struct pt_regs* regs, __u8 call, long result) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  struct pl_pending_call at;
  call_begin(task, &at, regs, call);
  call_end(t, &at, call, result, false);
  return 0;
}

#define PL_AT_END_OF(program, function, call)                        \
  SEC("fexit/" function)                                             \
  int BPF_PROG(call_##program, const struct pt_regs* regs, long r) { \
    return call_returned(regs, call, r);                             \
  }

PL_CALL_FUNCTIONS(PL_AT_END_OF)
