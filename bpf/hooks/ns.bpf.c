/* setns and unshare: a task changes the namespaces it lives in. */
#include "finish.h"

int ns_finish(__s64 result) {
  struct pl_finish f;
  if (!finish_begin(&f, PL_HOOK_NS)) return 0;
  struct pl_key* key = finish_key(&f, PL_NS, result);
  if (!key) return 0;
  /* setns(fd, 0) takes whatever namespace the descriptor is of. */
  __u64 types = f.t->pending.call == PL_CALL_SETNS ? f.t->pending.args[1] : f.t->pending.args[0];
  key->object.ns.types = types;
  struct pl_activity* e = finish_emit(&f, PL_HOOK_NS, result);
  if (e) {
    e->call_flags = types;
    emit_submit(e);
  }
  read_creds(f.task, &f.t->creds); /* a new user namespace brings new credentials */
  return 0;
}
