/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The families of setuid and capset, for the ways that come here with any system call. */
#include "creds.h"

int setid_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result) {
  struct task_struct* task = bpf_get_current_task_btf();
  if (t && call) setid_done(task, t, call, result, task->cred, true);
  return 0;
}

int capset_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result) {
  struct task_struct* task = bpf_get_current_task_btf();
  if (t && call) capset_done(task, t, call, result, task->cred, true);
  return 0;
}
