/* What every system call family needs at the end of a call: the task, its pending call, and a key begun. */
#ifndef PLIMSOLL_FINISH_H
#define PLIMSOLL_FINISH_H

#include "emit.h"

/* Each family's handler, called at the end of one of its calls; the call's arguments lie in the task's
 * pending call. One object a family, linked statically, and verified by itself. */
int setid_finish(__s64 result);
int capset_finish(__s64 result);
int mount_finish(__s64 result);
int ns_finish(__s64 result);
int unix_connect_finish(__s64 result);
int unix_returned(__u64 socket, __u64 address, __u32 length, __s64 result); /* with what its entry had */
int socket_finish(__s64 result);

/* A call's own scratch: programs at the end of a function are preempted by others on the same CPU. Made at
 * the first watched call of a container's thread. */
struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct pl_scratch);
} call_scratch __weak SEC(".maps");

struct pl_finish {
  struct task_struct* task;
  struct pl_task* t;
  struct pl_scratch* s;
  __u64 now;
};

/* False: the event is lost, and counted. */
static __always_inline bool finish_begin(struct pl_finish* f, __u32 hook) {
  f->task = bpf_get_current_task_btf();
  f->t = task_find(f->task);
  f->s = bpf_task_storage_get(&call_scratch, f->task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
  f->now = bpf_ktime_get_ns();
  if (f->t && f->s) return true;
  count_seen(hook);
  count_lost(hook, PL_LOST_NO_STORAGE, f->t ? f->t->slot : 0);
  return false;
}

static __always_inline struct pl_key* finish_key(struct pl_finish* f, __u8 action, __s64 result) {
  struct pl_key* key = &f->s->key;
  __builtin_memset(key, 0, sizeof(*key));
  if (!key_begin(key, f->t, action, f->now)) return NULL;
  key->call = f->t->pending.call;
  if (f->t->pending.compat) key->facts |= PL_FACT_COMPAT;
  key->outcome = result < 0 ? PL_FAILED : PL_OK;
  key->error = result < 0 ? (__u8)-result : 0;
  return key;
}

static __always_inline struct pl_activity* finish_emit(struct pl_finish* f, __u32 hook, __s64 result) {
  struct pl_activity* e = emit_begin(hook, &f->s->key, f->t, f->task, f->now);
  if (!e) return NULL;
  e->result = result;
  struct pl_path_facts facts = {};
  cwd_text(f->task, f->s, &facts);
  __builtin_memcpy(e->cwd, f->s->cwd.bytes, PL_PATH);
  return e;
}

/* Copies a string argument from user memory: late, at the end of the call, when the kernel has paged it in.
 */
PL_GLOBAL int user_text(union pl_text* out, __u64 address) {
  if (!out) return -1;
  __builtin_memset(out->bytes, 0, PL_PATH);
  if (!address) return 0;
  long n = bpf_probe_read_user_str(out->bytes, PL_PATH, (void*)address);
  return n < 0 ? -1 : (int)n;
}

#endif
