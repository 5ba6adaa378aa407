/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state of threads, and where it is stored: in task storage or, where cgroup programs may not read that
 * (kernels before 6.18), in a hash map by the task's address. Loading chooses one; the verifier removes the
 * code of the other.
 */
#ifndef PLIMSOLL_TASKS_H
#define PLIMSOLL_TASKS_H

#include "maps.h"

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct pl_task);
} tasks __weak SEC(".maps");

/* A thread keeps its address from its birth to its end, over execs too; its thread id can change. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536); /* set at load */
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u64);
  __type(value, struct pl_task);
} tasks_by_address __weak SEC(".maps");

/* What the agent has read in /proc about processes that ran before the programs did, by process id. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u32);
  __type(value, struct pl_task);
} seeds __weak SEC(".maps");

/* All zero: what a new element begins as. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct pl_task);
} blank_task __weak SEC(".maps");

/* NULL when there is none. */
static __always_inline struct pl_task* task_find(struct task_struct* task) {
  if (!config.tasks_by_address) return bpf_task_storage_get(&tasks, task, NULL, 0);
  __u64 address = (__u64)task;
  return bpf_map_lookup_elem(&tasks_by_address, &address);
}

/* NULL when there is no room for it. */
static __always_inline struct pl_task* task_make(struct task_struct* task) {
  if (!config.tasks_by_address)
    return bpf_task_storage_get(&tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
  struct pl_task* t = task_find(task);
  if (t) return t;
  __u32 zero = 0;
  __u64 address = (__u64)task;
  struct pl_task* blank = bpf_map_lookup_elem(&blank_task, &zero);
  if (!blank) return NULL;
  /* Another program may have made it meanwhile: then that one is taken. */
  bpf_map_update_elem(&tasks_by_address, &address, blank, BPF_NOEXIST);
  return bpf_map_lookup_elem(&tasks_by_address, &address);
}

/* Copies the state of `from`, but for the call that it is in, and that it has raised new behaviour. */
static __always_inline void task_copy(struct pl_task* to, const struct pl_task* from) {
  __builtin_memcpy(to, from, sizeof(*to));
  to->pending.call = to->pending.entered = PL_CALL_NONE;
  to->pending.connecting = 0;
  to->reported = 0;
}

/* What the agent has read about the task's process, if that ran before the programs did; else NULL. */
static __always_inline struct pl_task* task_seed(struct task_struct* task) {
  __u32 pid = task->tgid;
  struct pl_task* seed = bpf_map_lookup_elem(&seeds, &pid);
  return seed && seed->start_tick == task->group_leader->start_boottime / 10000000 ? seed : NULL;
}

static __always_inline void task_ended(struct task_struct* task) {
  __u64 address = (__u64)task;
  __u32 pid = task->pid;
  if (config.tasks_by_address) bpf_map_delete_elem(&tasks_by_address, &address);
  if (pid == (__u32)task->tgid) bpf_map_delete_elem(&seeds, &pid);
}

#endif
