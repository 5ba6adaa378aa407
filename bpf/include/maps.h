/* The maps, shared by all hook files: weak, so that the linker keeps one of each. */
#ifndef PLIMSOLL_MAPS_H
#define PLIMSOLL_MAPS_H

#include "kernel_types.h"
#include "wire.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* A function that the verifier looks at once, by itself, and not again at each of its callers. It takes
 * numbers and pointers to our own memory, which may be NULL; kernel pointers are passed as numbers. */
#define PL_GLOBAL __weak __noinline

/* Defined in lifecycle.bpf.c. */
extern const volatile struct pl_config config;

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 8 << 20);
} events __weak SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, struct pl_cgroup_key);
  __type(value, __u32); /* slot */
} cgroups __weak SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, __u32);
  __type(value, struct pl_slot);
} slots __weak SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct pl_key);
  __type(value, struct pl_verdict);
} verdicts __weak SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, PL_HOOKS);
  __type(key, __u32);
  __type(value, struct pl_counters);
} counters __weak SEC(".maps");

#endif
