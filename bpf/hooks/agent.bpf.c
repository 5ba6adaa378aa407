/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that the agent runs as system calls, to change map values that hooks write too. They set only the
 * agent's own fields, in place, so that no count and no time is lost. They return 0 or a negative errno. */
#include "emit.h"

enum { PL_ENOENT = 2, PL_ENOSPC = 28 };

/* Gives a slot to a cgroup that existed before the programs. The agent takes the slot from the queue of free
 * ones, because programs of this type may not before 6.2. */
SEC("syscall")
int adopt_cgroup(struct pl_adoption* in) {
  struct pl_cgroup_key key = in->cgroup;
  __u32 slot = in->slot;
  slot_begin(slot, in->started_ns, bpf_jiffies64() + in->steady_in - config.startup_ticks);
  long error = bpf_map_update_elem(&cgroups, &key, &slot, BPF_ANY);
  __sync_fetch_and_add(&host_epoch, 1); /* it may have been taken for the host's until now */
  return error;
}

SEC("syscall")
int name_slot(struct pl_naming* in) {
  struct pl_slot* s = slot_get(in->slot);
  if (!s) return -PL_ENOENT;
  s->epoch = in->epoch;
  s->state = PL_SLOT_NAMED;
  return 0;
}

/* Sets how long a slot's startup lasts. A pending slot takes any length, because none of its events has been
 * evaluated. For a named one the length changes only while startup is not over: what is steady stays so. */
SEC("syscall")
int set_startup(struct pl_startup* in) {
  struct pl_slot* s = slot_get(in->slot);
  if (!s) return -PL_ENOENT;
  __u64 ends = s->steady_tick;
  if (s->state == PL_SLOT_NAMED && ends && bpf_jiffies64() >= ends) return 0;
  __sync_lock_test_and_set(&s->startup_ticks, in->ticks); /* before began_tick is read */
  if (s->began_tick) s->steady_tick = s->began_tick + in->ticks;
  return 0;
}

/* Makes the calling task, and its later children, tasks of that slot: for the self-test's process. */
SEC("syscall")
int join_slot(struct pl_naming* in) {
  return task_enter(bpf_get_current_task_btf(), in->slot, PL_TASK_INSIDE) ? 0 : -PL_ENOSPC;
}

SEC("syscall")
int forget_slot(struct pl_naming* in) {
  struct pl_slot* s = slot_get(in->slot);
  if (!s) return -PL_ENOENT;
  s->slot = 0;
  return 0;
}

/* The input of set_known(), which the agent writes before it runs that: a batch, because a flood of new
 * behaviour brings thousands of keys. lifecycle.bpf.c */
extern struct pl_key_call set_known_calls[PL_SET_KNOWN_BATCH];

/* -ENOENT: the key is not in the cache, and the call brings no free place. */
static long set_known_key(const struct pl_key_call* call) {
  struct pl_key key = call->key;
  __u32 place = call->verdict;
  struct pl_verdict* v = verdict_find(&key, PL_KEY_WORDS);
  if (v) {
    v->known = 1;
    return place ? -PL_EEXIST : 0;
  }
  struct pl_slot* s = slot_get(key.slot);
  if (!s || s->cached >= config.cached_per_slot) return -PL_ENOSPC;
  if (!place) return -PL_ENOENT;
  long error = verdict_put(place, &key, bpf_jiffies64(), 1);
  if (!error) __sync_fetch_and_add(&s->cached, 1);
  return error;
}

static long set_known_one(__u32 i, void* unused) {
  if (i >= PL_SET_KNOWN_BATCH) return 1;
  set_known_calls[i].answer = (__s32)set_known_key(&set_known_calls[i]);
  return 0;
}

SEC("syscall")
int set_known(struct pl_set_known* in) {
  return bpf_loop(in->count, set_known_one, NULL, 0) < 0 ? -1 : 0;
}

SEC("syscall")
int forget_key(struct pl_key_call* in) {
  struct pl_key key = in->key;
  __u32* found = bpf_map_lookup_elem(&verdict_places, &key);
  if (!found) return -PL_ENOENT;
  __u32 place = *found;
  struct pl_verdict* v = bpf_map_lookup_elem(&verdicts, &place);
  if (!v || bpf_map_delete_elem(&verdict_places, &key)) return -PL_ENOENT;
  v->key.slot = 0;
  in->verdict = place;
  struct pl_slot* s = slot_get(key.slot);
  if (s) __sync_fetch_and_add(&s->cached, -1);
  return 0;
}

SEC("syscall")
int read_ticks(struct pl_ticks* out) {
  out->now = bpf_jiffies64();
  return 0;
}
