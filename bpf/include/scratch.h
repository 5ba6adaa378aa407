/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Scratch buffers, in which strings and records are put together: a few for each CPU. One program uses a
 * buffer at a time, because fexit and cgroup programs can be preempted by others on the same CPU. */
#ifndef PLIMSOLL_SCRATCH_H
#define PLIMSOLL_SCRATCH_H

#include "maps.h"
#include "siphash.h"

/* A string of at most PL_PATH bytes, zero-padded, so that equal strings have equal words. */
union pl_text {
  __u64 words[PL_PATH / 8];
  char bytes[PL_PATH];
};

enum {
  PL_SCRATCH_BUFFERS = 4,
  PL_WALK_SCRATCH = 512, /* a power of two; a path is built from its end */
  PL_DENTRY_BLOCK = 64,
  PL_TEXTS_SCRATCH = 3072,
};

/* An activity and its texts, as they go into the ring. */
struct pl_record {
  struct pl_activity activity;
  char texts[PL_TEXTS_SCRATCH];
};

/* The lengths of an exec's strings. They are in the scratch buffer and not on the stack, because the verifier
 * tracks every value on the stack. */
struct pl_exec_texts {
  __u32 path, name, actor, argv;
  __u32 is_script;
  __u32 is_path; /* name and actor are the path */
  __u32 truncated, argv_truncated;
};

/* Where a walk begins, and the task's root, where it ends: addresses in the kernel. */
struct pl_walk_from {
  __u64 dentry, mnt, mount_root;
  __u64 root_dentry, root_mnt;
};

struct pl_scratch {
  __u32 taken;
  __u32 texts_bytes;
  struct pl_walk_from walk_from;
  char walk[PL_WALK_SCRATCH + PL_PATH];
  char dentry[PL_DENTRY_BLOCK];
  union pl_text path, actor, name, extra, cwd;
  union {
    __u64 words[PL_ARGV / 8];
    char bytes[PL_ARGV];
  } argv;
  struct pl_exec_texts exec;
  struct pl_key key;
  union {
    struct pl_record record;
    struct pl_answer answer;
  };
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, PL_SCRATCH_BUFFERS);
  __type(key, __u32);
  __type(value, struct pl_scratch);
} scratch_buffers __weak SEC(".maps");

/* NULL: all buffers of this CPU are in use. */
static __always_inline struct pl_scratch* scratch_take(void) {
  for (__u32 i = 0; i < PL_SCRATCH_BUFFERS; i++) {
    __u32 place = i;
    struct pl_scratch* scratch = bpf_map_lookup_elem(&scratch_buffers, &place);
    if (scratch && !__sync_lock_test_and_set(&scratch->taken, 1)) return scratch;
  }
  return NULL;
}

static __always_inline void scratch_release(struct pl_scratch* scratch) {
  __sync_lock_test_and_set(&scratch->taken, 0);
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

/* 0 for the empty string. */
PL_GLOBAL __u64 text_hash_n(const union pl_text* t, __u32 bytes) {
  if (!t || !bytes || bytes >= PL_PATH) return 0;
  return pl_siphash(t->words, bytes, PL_PATH / 8, config.hash_key[0], config.hash_key[1]);
}

static __always_inline __u64 text_hash(const union pl_text* t) {
  return text_hash_n(t, text_length(t));
}

PL_GLOBAL __u64 argv_hash(const struct pl_scratch* scratch, __u32 bytes) {
  if (!scratch || bytes >= PL_ARGV) return 0;
  return pl_siphash(scratch->argv.words, bytes, PL_ARGV / 8, config.hash_key[0], config.hash_key[1]);
}

/* Appends a text to the record; strings of one kind are added once, in the order of their kinds. */
static __always_inline void text_add(struct pl_scratch* scratch, __u32 kind, const void* text, __u32 bytes) {
  __u32 at = scratch->texts_bytes;
  bytes &= PL_ARGV - 1;
  if (at > PL_TEXTS_SCRATCH - PL_ARGV || bpf_probe_read_kernel(&scratch->record.texts[at], bytes, text))
    bytes = 0;
  scratch->record.activity.text_bytes[kind] = bytes;
  scratch->texts_bytes = at + bytes;
}

#endif
