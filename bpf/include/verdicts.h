/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verdict cache: is the behaviour with this exact key known? Verdicts are in an array. A hash map gives
 * the place of a key, and an array of hints, indexed by a cheap mix of the key, gives it faster: hashing and
 * comparing the key in a map would be two thirds of the cost of a known event. A hint counts only if the
 * whole key is equal.
 *
 * A freed place is not reused before the agent reads the counts again: by then no program still compares the
 * key that was there.
 */
#ifndef PLIMSOLL_VERDICTS_H
#define PLIMSOLL_VERDICTS_H

#include "maps.h"

/* The highest place ever used: the agent reads up to there. lifecycle.bpf.c */
extern __u32 verdicts_top;

enum { PL_EEXIST = 17 };

/* How many words of a hook's keys may not be zero. The hook is a constant where keys are looked up: so is
 * this. */
static __always_inline int words_of(enum pl_hook hook) {
  if (hook == PL_HOOK_EXEC) return PL_KEY_WORDS;
  return hook == PL_HOOK_CAPSET ? PL_CAPSET_KEY_WORDS : PL_SHORT_KEY_WORDS;
}

enum { PL_KEY_HEAD = sizeof(struct pl_key) - sizeof(struct pl_exec_key) };
_Static_assert(PL_KEY_HEAD + sizeof(struct pl_capset_key) == PL_CAPSET_KEY_WORDS * 8, "capset's is whole");
_Static_assert(PL_KEY_HEAD + sizeof(struct pl_setid_key) <= PL_SHORT_KEY_WORDS * 8, "setid's is whole");
_Static_assert(PL_KEY_HEAD + sizeof(struct pl_mount_key) <= PL_SHORT_KEY_WORDS * 8, "mount's is whole");
_Static_assert(PL_KEY_HEAD + sizeof(struct pl_connect_key) <= PL_SHORT_KEY_WORDS * 8, "connect's is whole");
_Static_assert(PL_KEY_HEAD + sizeof(struct pl_socket_key) <= PL_SHORT_KEY_WORDS * 8, "socket's is whole");

static __always_inline __u32 hint_place(const struct pl_key* key, int words) {
  const __u64* w = (const void*)key;
  __u64 mix = config.hash_key[0];
#pragma unroll
  for (int i = 0; i < words; i++) mix = (mix ^ w[i]) * 0x9e3779b97f4a7c15ULL; /* 2^64 over the golden ratio */
  return (__u32)(mix >> 32) & (config.hints - 1);
}

static __always_inline bool same_key(const struct pl_key* a, const struct pl_key* b, int words) {
  const __u64* x = (const void*)a;
  const __u64* y = (const void*)b;
#pragma unroll
  for (int i = 0; i < words; i++)
    if (x[i] != y[i]) return false;
  return true;
}

/* `words`: words_of() its hook. */
static __always_inline struct pl_verdict* verdict_find(const struct pl_key* key, int words) {
  __u32 place = hint_place(key, words);
  __u32* hint = bpf_map_lookup_elem(&hints, &place);
  if (!hint) return NULL; /* never */
  place = *hint;
  struct pl_verdict* v = bpf_map_lookup_elem(&verdicts, &place);
  if (v && same_key(&v->key, key, words)) return v;
  __u32* found = bpf_map_lookup_elem(&verdict_places, key);
  if (!found) return NULL;
  place = *found;
  *hint = place;
  return bpf_map_lookup_elem(&verdicts, &place);
}

/* Stores a verdict in a free place. Returns 0, or a negative errno: then the place is still free. */
static __always_inline long verdict_put(__u32 place, const struct pl_key* key, __u64 tick, __u32 known) {
  struct pl_verdict* v = bpf_map_lookup_elem(&verdicts, &place);
  if (!v) return -1;
  v->tag = ((v->tag & ~PL_TAG_PLACE) + PL_TAG_PLACE + 1) | place;
  v->count = 0;
  v->last_tick = tick;
  v->marked_tick = tick;
  v->known = known;
  v->key = *key;
  long error = bpf_map_update_elem(&verdict_places, key, &place, BPF_NOEXIST);
  if (error)
    v->key.slot = 0;
  else if (place > verdicts_top)
    verdicts_top = place;
  return error;
}

/* Adds the count from `lately` (pl_counters) to its verdict, unless another verdict has that place now. */
static __always_inline void repeats_add(__u64 lately) {
  __u32 place = (__u32)(lately >> 32) & PL_TAG_PLACE;
  struct pl_verdict* v = bpf_map_lookup_elem(&verdicts, &place);
  if (v && v->tag == (__u32)(lately >> 32)) __sync_fetch_and_add(&v->count, (__u32)lately);
}

static __always_inline void repeat_count(enum pl_hook hook, struct pl_counters* counters,
                                         struct pl_verdict* v) {
  if (hook != PL_HOOK_CONNECT) {
    __sync_fetch_and_add(&v->count, 1);
    return;
  }
  const __u64 most = 1U << 31;
  __u64 of_it = (__u64)v->tag << 32;
  __u64* lately = &counters->lately[v->tag % PL_LATELY];
  __u64 before = *lately;
  bool its = before - of_it < most;
  __u64 after = its ? before + 1 : of_it + 1;
  if (__sync_val_compare_and_swap(lately, before, after) != before)
    __sync_fetch_and_add(&v->count, 1); /* a program that ran in between was faster */
  else if (!its)
    repeats_add(before);
}

#endif
