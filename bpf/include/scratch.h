/* Where strings are put together before they are hashed. scratch_get() gives the CPU's: only for tracepoint
 * programs, which are not preempted. Those at the end of a system call have one with the task (finish.h);
 * cgroup programs write into the ring's record instead. */
#ifndef PLIMSOLL_SCRATCH_H
#define PLIMSOLL_SCRATCH_H

#include "maps.h"
#include "siphash.h"

/* A string of at most PL_PATH bytes, zero-padded, so that equal strings have equal words. */
union pl_text {
  __u64 words[PL_PATH / 8];
  char bytes[PL_PATH];
};

enum { PL_WALK_ROOM = 512 }; /* a power of two; a path is built from its end */

struct pl_scratch {
  char walk[PL_WALK_ROOM + PL_PATH];
  union pl_text path, actor, name, extra, cwd;
  union {
    __u64 words[PL_ARGV / 8];
    char bytes[PL_ARGV];
  } argv;
  __u32 groups[PL_GROUPS];
  struct pl_key key;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct pl_scratch);
} scratch __weak SEC(".maps");

/* Never NULL: element 0 of an array is always there. The verifier wants the test all the same. */
static __always_inline struct pl_scratch* scratch_get(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&scratch, &zero);
}

/* Length of a bounded string without its NUL. */
PL_GLOBAL __u32 text_length(const union pl_text* t) {
  __u32 n = 0;
  if (!t) return 0;
  for (__u32 i = 0; i < PL_PATH - 1; i++) {
    if (!t->bytes[i]) break;
    n++;
  }
  return n;
}

PL_GLOBAL __u64 text_hash_n(const union pl_text* t, __u32 bytes) {
  if (!t || bytes >= PL_PATH) return 0;
  return pl_siphash(t->words, bytes, PL_PATH / 8, config.hash_key[0], config.hash_key[1]);
}

/* 0 for the empty string. */
static __always_inline __u64 text_hash(const union pl_text* t) {
  __u32 n = text_length(t);
  return n ? text_hash_n(t, n) : 0;
}

PL_GLOBAL __u64 argv_hash(const struct pl_scratch* s, __u32 bytes) {
  if (!s || bytes >= PL_ARGV) return 0;
  return pl_siphash(s->argv.words, bytes, PL_ARGV / 8, config.hash_key[0], config.hash_key[1]);
}

#endif
