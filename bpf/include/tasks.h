/* What a thread carries, and where it is kept: in task storage, or, where cgroup programs may not read that
 * (kernels before 6.18), in a hash by thread id. Which one is settled at load; the verifier drops the other.
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

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u32); /* thread id, as the host sees it */
  __type(value, struct pl_task);
} tasks_by_tid __weak SEC(".maps");

/* All zero: what a new element begins as. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct pl_task);
} blank_task __weak SEC(".maps");

static __always_inline __u64 start_tick_of(struct task_struct* task) {
  return task->start_boottime / 10000000;
}

/* NULL when there is none. */
static __always_inline struct pl_task* task_find(struct task_struct* task) {
  if (!config.tasks_by_tid) return bpf_task_storage_get(&tasks, task, NULL, 0);
  __u32 tid = task->pid;
  struct pl_task* t = bpf_map_lookup_elem(&tasks_by_tid, &tid);
  return t && t->start_tick == start_tick_of(task) ? t : NULL; /* else it was another thread's */
}

/* NULL when there is no memory for it. */
static __always_inline struct pl_task* task_make(struct task_struct* task) {
  if (!config.tasks_by_tid) return bpf_task_storage_get(&tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
  struct pl_task* t = task_find(task);
  if (t) return t;
  __u32 zero = 0, tid = task->pid;
  struct pl_task* blank = bpf_map_lookup_elem(&blank_task, &zero);
  if (!blank || bpf_map_update_elem(&tasks_by_tid, &tid, blank, BPF_ANY)) return NULL;
  t = bpf_map_lookup_elem(&tasks_by_tid, &tid);
  if (t) t->start_tick = start_tick_of(task);
  return t;
}

/* A copy of what `from` carries, without the call it may be in. */
static __always_inline void task_copy(struct pl_task* to, const struct pl_task* from) {
  __u64 start_tick = to->start_tick;
  __builtin_memcpy(to, from, sizeof(*to));
  to->start_tick = start_tick;
  to->pending.call = PL_CALL_NONE;
}

/* A thread that executes takes over its leader's id, when the leader has ended. */
static __always_inline void task_renumbered(struct task_struct* task, __u32 old_tid) {
  if (!config.tasks_by_tid || old_tid == (__u32)task->pid) return;
  struct pl_task* old = bpf_map_lookup_elem(&tasks_by_tid, &old_tid);
  struct pl_task* t = old ? task_make(task) : NULL;
  if (t) task_copy(t, old);
  bpf_map_delete_elem(&tasks_by_tid, &old_tid);
}

static __always_inline void task_ended(struct task_struct* task) {
  if (!config.tasks_by_tid) return;
  __u32 tid = task->pid;
  bpf_map_delete_elem(&tasks_by_tid, &tid);
}

#endif
