/* System calls at the end of the kernel's own functions for them, 64-bit and 32-bit: nothing is added to any
 * other call. Which of these functions a kernel has is found in its BTF. Sockets have programs of their own.
 */
#include "calls.h"
#include "creds.h"

/* Callers of a function: 64-bit, 32-bit, or, where these come through the same, either. */
enum { PL_64, PL_32, PL_EITHER };

/* Its arguments are read only where they are needed: what goes right with ids and capabilities is told by the
 * credentials. */
static __always_inline int call_returned(const struct pt_regs* regs, __u8 call, int compat, long result) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  bool ids = call >= PL_CALL_SETUID && call <= PL_CALL_SETGROUPS;
  bool by_arguments = result < 0 || call == PL_CALL_SETFSUID || call == PL_CALL_SETFSGID;
  struct pl_pending_call at = {.call = call};
  if ((ids || call == PL_CALL_CAPSET) && !by_arguments)
    at.compat = compat == PL_EITHER ? is_compat(task) : compat;
  else
    call_begin(task, &at, regs, call);
  __s64 r = at.compat ? (__s32)result : result;
  if (ids)
    setid_done(task, t, &at, r);
  else if (call == PL_CALL_CAPSET)
    capset_done(task, t, &at, r);
  else
    call_end(t, &at, call, result, false);
  return 0;
}

#define PL_AT_END_OF(program, function, compat, call)                \
  SEC("fexit/" function)                                             \
  int BPF_PROG(call_##program, const struct pt_regs* regs, long r) { \
    return call_returned(regs, call, compat, r);                     \
  }

#if defined(__TARGET_ARCH_x86)
#define PL_CALL_64(name, call) PL_AT_END_OF(name, "__x64_sys_" #name, PL_64, call)
#define PL_CALL_32(name, call) PL_AT_END_OF(name##_32, "__ia32_sys_" #name, PL_32, call)
#else /* arm64: 32-bit callers come through the same functions */
#define PL_CALL_64(name, call) PL_AT_END_OF(name, "__arm64_sys_" #name, PL_EITHER, call)
#define PL_CALL_32(name, call)
#endif

#define PL_CALL(name, call) PL_CALL_64(name, call) PL_CALL_32(name, call)
/* Only 32-bit callers have these. */
#if defined(__TARGET_ARCH_x86)
#define PL_CALL_OLD(name, call) PL_CALL_32(name, call)
#else
#define PL_CALL_OLD(name, call) PL_AT_END_OF(name##_32, "__arm64_sys_" #name, PL_EITHER, call)
#endif

PL_CALL(setuid, PL_CALL_SETUID)
PL_CALL(setgid, PL_CALL_SETGID)
PL_CALL(setreuid, PL_CALL_SETREUID)
PL_CALL(setregid, PL_CALL_SETREGID)
PL_CALL(setresuid, PL_CALL_SETRESUID)
PL_CALL(setresgid, PL_CALL_SETRESGID)
PL_CALL(setfsuid, PL_CALL_SETFSUID)
PL_CALL(setfsgid, PL_CALL_SETFSGID)
PL_CALL(setgroups, PL_CALL_SETGROUPS)
PL_CALL_OLD(setuid16, PL_CALL_SETUID)
PL_CALL_OLD(setgid16, PL_CALL_SETGID)
PL_CALL_OLD(setreuid16, PL_CALL_SETREUID)
PL_CALL_OLD(setregid16, PL_CALL_SETREGID)
PL_CALL_OLD(setresuid16, PL_CALL_SETRESUID)
PL_CALL_OLD(setresgid16, PL_CALL_SETRESGID)
PL_CALL_OLD(setfsuid16, PL_CALL_SETFSUID)
PL_CALL_OLD(setfsgid16, PL_CALL_SETFSGID)
PL_CALL_OLD(setgroups16, PL_CALL_SETGROUPS)
PL_CALL(capset, PL_CALL_CAPSET)
PL_CALL(mount, PL_CALL_MOUNT)
PL_CALL(umount, PL_CALL_UMOUNT)
PL_CALL_OLD(oldumount, PL_CALL_UMOUNT)
PL_CALL(fsopen, PL_CALL_FSOPEN)
PL_CALL(fsconfig, PL_CALL_FSCONFIG)
PL_CALL(fsmount, PL_CALL_FSMOUNT)
PL_CALL(open_tree, PL_CALL_OPEN_TREE)
PL_CALL(open_tree_attr, PL_CALL_OPEN_TREE)
PL_CALL(move_mount, PL_CALL_MOVE_MOUNT)
PL_CALL(mount_setattr, PL_CALL_MOUNT_SETATTR)
PL_CALL(pivot_root, PL_CALL_PIVOT_ROOT)
PL_CALL(setns, PL_CALL_SETNS)
PL_CALL(unshare, PL_CALL_UNSHARE)
