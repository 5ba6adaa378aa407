/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every system call family needs at the end of a call. */
#ifndef PLIMSOLL_FINISH_H
#define PLIMSOLL_FINISH_H

#include "emit.h"

enum { PL_EINPROGRESS = 115 };

/* Each family's handler, called at the end of one of its calls. One object a family, linked statically, and
 * verified by itself; so a task's state arrives as memory that may be NULL. */
int setid_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result);
int capset_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result);
int mount_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result);
int ns_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result);
int unix_connect_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result);
int socket_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result);
/* A unix connect, with what its entry had: a struct socket. */
int unix_returned(__u64 socket, __u64 address, __u32 length, __s64 result);
/* Likewise, with its struct sock. */
int unix_connected(__u64 sock, __u64 address, __u32 length, __s64 result);
/* Has that struct sock been connected? */
int unix_has_peer(__u64 sock);

/* For a way that comes before the end of a call: it will have been tried. */
#define PL_RESULT_UNKNOWN ((__s64)1 << 40)

/* What of `result` is known; the key says when that is nothing. */
static __always_inline __s64 known_result(struct pl_key* key, __s64 result) {
  if (result != PL_RESULT_UNKNOWN) return result;
  key->outcome = PL_ATTEMPT;
  return 0;
}

static __always_inline void call_key(struct pl_key* key, const struct pl_watch* w, __u8 action,
                                     const struct pl_pending_call* call, __s64 result) {
  key_begin(key, w, action);
  key->call = call->call;
  if (call->compat) key->facts |= PL_FACT_COMPAT;
  if (result < 0) {
    key->outcome = PL_FAILED;
    key->error = (__u8)-result;
  }
}

static __always_inline void cwd_add(const struct pl_watch* w, struct pl_scratch* scratch) {
  struct pl_path_facts facts = {};
  int n = cwd_text(w->task, scratch, &facts);
  text_add(scratch, PL_TEXT_CWD, scratch->cwd.bytes, n < 0 ? 0 : n);
}

/* Copies a string argument from user memory: late, at the end of the call, when the kernel has paged it in.
 * Its length with the NUL; 0 when there is none. */
PL_GLOBAL int user_text(union pl_text* out, __u64 address) {
  if (!out) return -1;
  __builtin_memset(out->bytes, 0, PL_PATH);
  if (!address) return 0;
  long n = bpf_probe_read_user_str(out->bytes, PL_PATH, (void*)address);
  return n < 0 ? -1 : (int)n;
}

#endif
