/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the agent has done in the maps, run as system calls: where hooks write too it sets only the fields
 * that are its own, in place, so that no count and no time is lost. They answer 0 or a negative errno. */
#include "emit.h"

enum { PL_ENOENT = 2, PL_ENOSPC = 28 };

/* A cgroup that was there before the programs gets a slot. The queue of free ones is the agent's to ask:
 * programs like these may not, before 6.2. */
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

/* How long a slot's startup is. While it is pending that may be anything: nothing of it has been judged. Once
 * it is named, it may only be moved while it is not over: what is steady stays so. */
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

/* Whoever runs this is a task of that slot from now on, and its children: the agent's self-test. */
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

/* Written by the agent before it calls judge(): many at a time, because a flood of new behaviour is judged
 * one by one. lifecycle.bpf.c */
extern struct pl_key_call judging[PL_JUDGED_AT_ONCE];

/* -ENOENT: the key is not in the cache, and has been given no place. */
static long judge_key(const struct pl_key_call* call) {
  struct pl_key key = call->key;
  __u32 place = call->verdict;
  struct pl_verdict* v = verdict_find(&key, PL_KEY_WORDS);
  if (v) {
    v->judged = 1;
    return place ? -PL_EEXIST : 0;
  }
  struct pl_slot* s = slot_get(key.slot);
  if (!s || s->cached >= config.cached_per_slot) return -PL_ENOSPC;
  if (!place) return -PL_ENOENT;
  long error = verdict_put(place, &key, bpf_jiffies64(), 1);
  if (!error) __sync_fetch_and_add(&s->cached, 1);
  return error;
}

static long judge_one(__u32 i, void* unused) {
  if (i >= PL_JUDGED_AT_ONCE) return 1;
  judging[i].answer = (__s32)judge_key(&judging[i]);
  return 0;
}

SEC("syscall")
int judge(struct pl_judging* in) {
  return bpf_loop(in->count, judge_one, NULL, 0) < 0 ? -1 : 0;
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
