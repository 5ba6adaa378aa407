/* What the agent has done in the maps, run as system calls: where hooks write too it sets only the fields that
 * are its own, in place, so that no count and no time is lost. They answer 0 or a negative errno. */
#include "emit.h"

enum { PL_ENOENT = 2 };

/* A cgroup that was there before the programs gets a slot. The queue of free ones is the agent's to ask: programs
 * like these may not, before 6.2. */
SEC("syscall")
int adopt_cgroup(struct pl_adoption* in) {
  struct pl_cgroup_key key = in->cgroup;
  __u32 slot = in->slot;
  slot_begin(slot, in->started_ns, bpf_jiffies64() + in->steady_in);
  return bpf_map_update_elem(&cgroups, &key, &slot, BPF_ANY);
}

SEC("syscall")
int name_slot(struct pl_naming* in) {
  struct pl_slot* s = slot_get(in->slot);
  if (!s) return -PL_ENOENT;
  s->epoch = in->epoch;
  s->state = PL_SLOT_NAMED;
  return 0;
}

SEC("syscall")
int forget_slot(struct pl_naming* in) {
  struct pl_slot* s = slot_get(in->slot);
  if (!s) return -PL_ENOENT;
  s->slot = 0;
  return 0;
}

SEC("syscall")
int judge(struct pl_key_call* in) {
  struct pl_key key = in->key;
  struct pl_verdict* v = verdict_find(&key);
  if (v) {
    v->judged = 1;
    return 0;
  }
  /* It was never marked (there was no room then), or was cleared since: room may have come free. */
  struct pl_slot* s = slot_get(key.slot);
  if (!s || s->cached >= config.cached_per_slot) return 0;
  __u64 now = bpf_jiffies64();
  struct pl_verdict fresh = {.marked_tick = now, .last_tick = now, .judged = 1};
  long error = verdict_insert(&key, &fresh);
  if (!error) __sync_fetch_and_add(&s->cached, 1);
  return error;
}

SEC("syscall")
int forget_key(struct pl_key_call* in) {
  struct pl_key key = in->key;
  long error = key.action == PL_EXEC ? bpf_map_delete_elem(&exec_verdicts, &key)
                                     : bpf_map_delete_elem(&verdicts, &key);
  struct pl_slot* s = slot_get(key.slot);
  if (!error && s) __sync_fetch_and_add(&s->cached, -1);
  return 0;
}

SEC("syscall")
int read_ticks(struct pl_ticks* out) {
  out->now = bpf_jiffies64();
  return 0;
}
