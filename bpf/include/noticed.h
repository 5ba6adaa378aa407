/* What changed although nobody saw the call: swaps among real, effective and saved ids, and a user namespace
 * of one's own, take no capability, so the way by capabilities does not see them. They show in the
 * credentials at the next of the task's acts that is looked at. */
#ifndef PLIMSOLL_NOTICED_H
#define PLIMSOLL_NOTICED_H

#include "finish.h"

enum { PL_CLONE_NEWUSER = 0x10000000 };

static __always_inline bool changed(const struct pl_creds* then, const struct cred* now, bool uids) {
  if (uids)
    return then->uid != now->uid.val || then->euid != now->euid.val || then->suid != now->suid.val ||
           then->fsuid != now->fsuid.val;
  return then->gid != now->gid.val || then->egid != now->egid.val || then->sgid != now->sgid.val ||
         then->fsgid != now->fsgid.val;
}

/* Of the current task, at one of its acts. */
PL_GLOBAL int changes_noticed(struct pl_task* t) {
  if (!t || !config.notices) return 0;
  struct task_struct* task = bpf_get_current_task_btf();
  const struct cred* now = task->cred;
  if (now != task->real_cred) return 0; /* it acts for another: these are not its own */
  struct pl_creds* then = &t->creds;
  bool uids = changed(then, now, true);
  bool gids = changed(then, now, false);
  bool ns = then->user_ns != now->user_ns->ns.inum;
  if (!uids && !gids && !ns) return 0;
  struct pl_pending_call call = {.call = PL_CALL_UIDS};
  if (uids) setid_finish(t, &call, 0);
  call.call = PL_CALL_GIDS;
  if (gids) setid_finish(t, &call, 0);
  call.call = PL_CALL_UNSHARE;
  call.args[0] = PL_CLONE_NEWUSER;
  if (ns) ns_finish(t, &call, 0);
  return read_own_creds(then);
}

#endif
