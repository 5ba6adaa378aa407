/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* setns and unshare: a task changes the namespaces it lives in. */
#include "finish.h"

int ns_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result) {
  struct pl_watch w;
  if (!t || !call || !watch_begin(&w, bpf_get_current_task_btf(), t, PL_HOOK_NS)) return 0;
  struct pl_key key;
  call_key(&key, &w, PL_NS, call, result);
  result = known_result(&key, result);
  /* setns(fd, 0) takes whatever namespace the descriptor is of. */
  __u64 types = call->call == PL_CALL_SETNS ? call->args[1] : call->args[0];
  key.object.ns.types = types;
  struct pl_scratch* scratch = is_known(&w, &key) ? NULL : event_begin(&w, &key, NULL);
  if (scratch) {
    scratch->record.activity.call_flags = types;
    scratch->record.activity.result = result;
    cwd_add(&w, scratch);
    event_submit(&w, scratch, &key);
  }
  read_own_creds(&t->creds); /* a new user namespace brings new credentials */
  return 0;
}
