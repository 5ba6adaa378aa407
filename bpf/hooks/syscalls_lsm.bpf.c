/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls at the kernel's hooks for security modules, which lie inside them: for kernels that take none
 * of the better ways. They run before the call is done, so its result is not known. New ids and capabilities,
 * which only a lack of memory can still refuse, are taken as given; all else is reported as an attempt.
 * Sockets have programs of their own. A program that returned anything but 0 would refuse the call. */
#include "calls.h"
#include "creds.h"

/* The container's task that is in a watched call of these, and its arguments; NULL when it is in none: a
 * mount may connect to a server, and an exec changes ids. */
static __always_inline struct pl_task* in_call(struct task_struct* task, __u8 first, __u8 last,
                                               struct pl_pending_call* at) {
  struct pl_task* t = current_identity(task);
  if (!t) return NULL;
  struct pt_regs* regs = (void*)bpf_task_pt_regs(task);
  __u8 call = call_of(task, call_number(regs));
  if (call < first || call > last) return NULL;
  call_begin(task, at, regs, call);
  return t;
}

static __always_inline int ids_change(const struct cred* next) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_pending_call at;
  struct pl_task* t = in_call(task, PL_CALL_SETUID, PL_CALL_SETGROUPS, &at);
  if (t) setid_done(task, t, &at, 0, next, false);
  return 0;
}
SEC("lsm/task_fix_setuid")
int BPF_PROG(lsm_setuid, const struct cred* next) {
  return ids_change(next);
}
SEC("lsm/task_fix_setgid")
int BPF_PROG(lsm_setgid, const struct cred* next) {
  return ids_change(next);
}
SEC("lsm/task_fix_setgroups")
int BPF_PROG(lsm_setgroups, const struct cred* next) {
  return ids_change(next);
}

SEC("lsm/capset")
int BPF_PROG(lsm_capset, const struct cred* next) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_pending_call at;
  struct pl_task* t = in_call(task, PL_CALL_CAPSET, PL_CALL_CAPSET, &at);
  if (t) capset_done(task, t, &at, 0, next, false);
  return 0;
}

static __always_inline int is_tried(__u8 call) {
  struct pl_pending_call at;
  struct pl_task* t = in_call(bpf_get_current_task_btf(), call, call, &at);
  if (t) call_end(t, &at, call, PL_RESULT_UNKNOWN, false);
  return 0;
}
#define PL_TRIED(name, hook, call) \
  SEC("lsm/" hook)                 \
  int lsm_##name(void* ctx) {      \
    return is_tried(call);         \
  }
PL_TRIED(mount, "sb_mount", PL_CALL_MOUNT)
PL_TRIED(umount, "sb_umount", PL_CALL_UMOUNT)
PL_TRIED(pivot_root, "sb_pivotroot", PL_CALL_PIVOT_ROOT)
PL_TRIED(move_mount, "move_mount", PL_CALL_MOVE_MOUNT)
PL_TRIED(fsconfig, "fs_context_parse_param", PL_CALL_FSCONFIG)
PL_TRIED(unshare, "userns_create", PL_CALL_UNSHARE)
