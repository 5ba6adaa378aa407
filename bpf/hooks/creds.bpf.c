/* The families of setuid and capset, for the ways that come here with any system call. */
#include "creds.h"

int setid_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result) {
  if (t && call) setid_done(bpf_get_current_task_btf(), t, call, result);
  return 0;
}

int capset_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result) {
  if (t && call) capset_done(bpf_get_current_task_btf(), t, call, result);
  return 0;
}
