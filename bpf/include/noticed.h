/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Changes of ids whose call was not seen. Swaps among real, effective and saved ids, and a new user
 * namespace, ask for no capability, so the programs at cap_capable() do not see them. They are found in the
 * credentials at the task's next watched act. */
#ifndef PLIMSOLL_NOTICED_H
#define PLIMSOLL_NOTICED_H

#include "creds.h"

enum { PL_CLONE_NEWUSER = 0x10000000 };

static __always_inline bool ids_differ(const struct pl_creds* then, const struct cred* now, bool uids) {
  __u64 a[2], b[2];
  __u32 ids[4];
  ids_before(then, uids, a);
  ids_now(now, uids, ids);
  __builtin_memcpy(b, ids, sizeof(b));
  return a[0] != b[0] || a[1] != b[1];
}

/* Reports it as any other change of ids, but without a call. setid_finish() is not used, because the verifier
 * would check its code for all calls in each program that looks for changes. */
PL_GLOBAL int ids_noticed(struct pl_task* t, __u32 uids) {
  struct pl_watch w;
  struct task_struct* task = bpf_get_current_task_btf();
  if (!t || !watch_begin(&w, task, t, PL_HOOK_SETID)) return 0;
  struct pl_key key;
  key_begin(&key, &w, PL_SETID);
  key.call = uids ? PL_CALL_UIDS : PL_CALL_GIDS;
  __u64 before[2];
  ids_before(&t->creds, uids, before);
  __builtin_memcpy(key.object.setid.from, before, sizeof(before));
  ids_now(task->cred, uids, key.object.setid.to);
  struct pl_scratch* scratch = is_known(&w, &key) ? NULL : event_begin(&w, &key, NULL);
  if (!scratch) return 0;
  scratch->record.activity.result = 0;
  cwd_add(&w, scratch);
  event_submit(&w, scratch, &key);
  return 0;
}

PL_GLOBAL int changes_noticed(struct pl_task* t) {
  if (!t) return 0;
  struct task_struct* task = bpf_get_current_task_btf();
  const struct cred* now = task->cred;
  if (now != task->real_cred) return 0; /* it acts for another: these are not its own */
  bool uids = ids_differ(&t->creds, now, true);
  bool gids = ids_differ(&t->creds, now, false);
  bool ns = t->creds.user_ns != now->user_ns->ns.inum;
  if (!uids && !gids && !ns) return 0;
  if (uids) ids_noticed(t, 1);
  if (gids) ids_noticed(t, 0);
  struct pl_pending_call unshare = {.call = PL_CALL_UNSHARE, .args = {PL_CLONE_NEWUSER}};
  if (ns) ns_finish(t, &unshare, 0);
  return read_own_creds(&t->creds);
}

/* Of the current task, at one of its acts. */
static __always_inline void notice_changes(struct pl_task* t) {
  if (config.notices) changes_noticed(t);
}

#endif
