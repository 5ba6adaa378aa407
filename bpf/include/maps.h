/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps, shared by all hook files: weak, so that the linker keeps one of each. */
#ifndef PLIMSOLL_MAPS_H
#define PLIMSOLL_MAPS_H

#include "kernel_types.h"
#include "wire.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* A function that the verifier checks once, by itself, and not again for each caller. It takes
 * numbers and pointers to our own memory, which may be NULL; kernel pointers are passed as numbers. */
#define PL_GLOBAL __weak __noinline

/* The verifier lets no pointer pass for a number. */
static __always_inline __u64 as_number(const void* pointer) {
  __u64 number = 0;
  bpf_probe_read_kernel(&number, sizeof(number), &pointer);
  return number;
}

/* Defined in lifecycle.bpf.c. */
extern const volatile struct pl_config config;

/* New behaviours: a ring for each CPU. */
struct pl_ring {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 16);
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1); /* set at load */
  __type(key, __u32);
  __array(values, struct pl_ring);
} rings __weak SEC(".maps");

/* Events that must not wait, or be crowded out by a flood of new behaviour: cgroups, and what looks like an
 * attack. This ring also wakes the reader. */
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 20); /* set at load */
} urgent __weak SEC(".maps");

/* Answers of resolvers. This ring is read after the others: an answer comes before its use. */
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 18);
} answers __weak SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, struct pl_cgroup_key);
  __type(value, __u32); /* slot */
} cgroups __weak SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1); /* set at load */
  __uint(map_flags, BPF_F_MMAPABLE);
  __type(key, __u32);
  __type(value, struct pl_slot);
} slots __weak SEC(".maps");

/* The numbers that may be given out next; filled by the agent. */
struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, 1); /* set at load */
  __type(value, __u32);
} free_slots __weak SEC(".maps");

/* The verdict cache (verdicts.h). */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1); /* set at load */
  __type(key, __u32);
  __type(value, struct pl_verdict);
} verdicts __weak SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1); /* set at load */
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct pl_key);
  __type(value, __u32); /* place in `verdicts` */
} verdict_places __weak SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1); /* set at load */
  __type(key, __u32);
  __type(value, __u32); /* place in `verdicts` */
} hints __weak SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_STACK);
  __uint(max_entries, 1); /* set at load */
  __type(value, __u32);
} free_verdicts __weak SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, PL_HOOKS);
  __type(key, __u32);
  __type(value, struct pl_counters);
} counters __weak SEC(".maps");

#endif
