/* What the agent says, run as a system call: it sets only the fields that are the agent's, in place, so that
 * counts and times which the hooks write meanwhile are not lost. */
#include "maps.h"

SEC("syscall")
int name_slot(struct pl_naming* in) {
  __u32 slot = in->slot;
  struct pl_slot* s = bpf_map_lookup_elem(&slots, &slot);
  if (!s) return -2; /* ENOENT */
  s->epoch = in->epoch;
  s->state = PL_SLOT_NAMED;
  return 0;
}

SEC("syscall")
int judge(struct pl_judgement* in) {
  struct pl_key key = in->key;
  struct pl_verdict* v = bpf_map_lookup_elem(&verdicts, &key);
  if (v) {
    v->judged = 1;
    return 0;
  }
  /* It was never marked (the cache was full then), or was cleared since: room may have come free. */
  struct pl_verdict fresh = {.marked_ns = in->now_ns, .last_ns = in->now_ns, .judged = 1};
  return bpf_map_update_elem(&verdicts, &key, &fresh, BPF_NOEXIST);
}
