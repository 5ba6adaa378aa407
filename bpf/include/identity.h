/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which container a task belongs to, taken in the kernel when the event happens. */
#ifndef PLIMSOLL_IDENTITY_H
#define PLIMSOLL_IDENTITY_H

#include "tasks.h"

static __always_inline __u32 hierarchy_of(struct cgroup* cgroup) {
  return BPF_CORE_READ(cgroup, root, hierarchy_id);
}

/* Plain loads here and in read_creds(), no bpf_probe_read_kernel(): every event pays for them. The pointers
 * come from a task that the verifier knows as one. */
#define V1_CGROUP(set, subsystem) \
  ((set)->subsys[bpf_core_enum_value(enum cgroup_subsys_id, subsystem) & 15]->cgroup)

/* The task's cgroup in the one hierarchy that tells containers apart. */
static __always_inline __u64 task_cgroup_id(struct task_struct* task) {
  struct css_set* set = task->cgroups;
  switch (config.controller) {
    case PL_V1_MEMORY:
      return V1_CGROUP(set, memory_cgrp_id)->kn->id;
    case PL_V1_PIDS:
      return V1_CGROUP(set, pids_cgrp_id)->kn->id;
    case PL_V1_CPU:
      return V1_CGROUP(set, cpu_cgrp_id)->kn->id;
    case PL_V1_DEVICES:
      return V1_CGROUP(set, devices_cgrp_id)->kn->id;
    case PL_V1_FREEZER:
      return V1_CGROUP(set, freezer_cgrp_id)->kn->id;
    default:
      return set->dfl_cgrp->kn->id;
  }
}

/* 0 when the cgroup is not a container's, not even one that is being set up. */
static __always_inline __u32 slot_of_cgroup(__u64 id) {
  struct pl_cgroup_key key = {.id = id, .hierarchy = config.hierarchy};
  __u32* slot = bpf_map_lookup_elem(&cgroups, &key);
  return slot ? *slot : 0;
}

/* Cgroups that were looked up and are the host's: what host tasks do must cost as little as can be. */
struct pl_host_cgroup {
  __u64 id;
  __u32 epoch;
  __u32 zero;
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 256);
  __type(key, __u32);
  __type(value, struct pl_host_cgroup);
} host_cgroups __weak SEC(".maps");

/* Moves when a cgroup that is there already becomes a container's; lifecycle.bpf.c. New ones are theirs
 * before any task is in them. */
extern __u32 host_epoch;

static __always_inline __u32 slot_of_task(struct task_struct* task) {
  __u64 id = task_cgroup_id(task);
  __u32 place = id & 255;
  struct pl_host_cgroup* host = bpf_map_lookup_elem(&host_cgroups, &place);
  /* Before the look: an adoption meanwhile makes it void. Not 0, which is nobody's. */
  __u32 epoch = *(volatile __u32*)&host_epoch + 1;
  if (host && host->id == id && host->epoch == epoch) return 0;
  __u32 slot = slot_of_cgroup(id);
  if (!slot && host) {
    host->epoch = 0;
    host->id = id;
    host->epoch = epoch;
  }
  return slot;
}

/* NULL when that slot is gone: its place is free, or another's. */
static __always_inline struct pl_slot* slot_get(__u32 slot) {
  __u32 place = slot & (config.slots - 1);
  struct pl_slot* s = bpf_map_lookup_elem(&slots, &place);
  return s && s->slot == slot && slot ? s : NULL;
}

/* Puts a slot into its place, which is free. */
static __always_inline long slot_begin(__u32 slot, __u64 started_ns, __u64 began_tick) {
  __u32 place = slot & (config.slots - 1);
  struct pl_slot fresh = {.slot = slot,
                          .state = PL_SLOT_PENDING,
                          .started_ns = started_ns,
                          .steady_tick = began_tick ? began_tick + config.startup_ticks : 0,
                          .began_tick = began_tick,
                          .startup_ticks = config.startup_ticks};
  return bpf_map_update_elem(&slots, &place, &fresh, BPF_ANY);
}

static __always_inline void slot_end(__u32 slot) {
  struct pl_slot* s = slot_get(slot);
  if (!s) return;
  s->slot = 0;
  slot += config.slots; /* the next number of this place */
  bpf_map_push_elem(&free_slots, &slot, 0);
}

static __always_inline __u64 caps(const kernel_cap_t* set) {
  return *(const __u64*)set; /* whatever the kernel calls its parts */
}

static __always_inline void read_cred(const struct cred* c, struct pl_creds* out) {
  out->uid = c->uid.val;
  out->euid = c->euid.val;
  out->suid = c->suid.val;
  out->fsuid = c->fsuid.val;
  out->gid = c->gid.val;
  out->egid = c->egid.val;
  out->sgid = c->sgid.val;
  out->fsgid = c->fsgid.val;
  out->effective = caps(&c->cap_effective);
  out->permitted = caps(&c->cap_permitted);
  out->inheritable = caps(&c->cap_inheritable);
  out->bounding = caps(&c->cap_bset);
  out->ambient = caps(&c->cap_ambient);
  out->user_ns = c->user_ns->ns.inum;
}

static __always_inline void read_creds(struct task_struct* task, struct pl_creds* out) {
  read_cred(task->cred, out);
}

/* The current task's. By itself, because the verifier takes long over every load through a kernel pointer. */
PL_GLOBAL int read_own_creds(struct pl_creds* out) {
  if (out) read_creds(bpf_get_current_task_btf(), out);
  return 0;
}

static __always_inline void set_runtime_actor(struct pl_task* t) {
  __builtin_memcpy(t->exe, "runtime", 8);
  t->exe_bytes = 7;
  t->actor = config.runtime_actor;
  t->facts = 0;
  t->origin = PL_ORIGIN_UNKNOWN;
}

/* Gives a task that has none an identity: it came from the host into a container's cgroup. */
static __always_inline struct pl_task* task_enter(struct task_struct* task, __u32 slot, __u8 phase) {
  struct pl_task* t = task_make(task);
  if (!t) return NULL;
  t->slot = slot;
  t->phase = phase;
  set_runtime_actor(t);
  read_creds(task, &t->creds);
  return t;
}

static __always_inline struct pl_counters* counters_of(__u32 hook) {
  return bpf_map_lookup_elem(&counters, &hook);
}

/* Atomic although they are the CPU's own: programs at a function's end are preempted by others. */
static __always_inline void count_seen(__u32 hook) {
  struct pl_counters* c = counters_of(hook);
  if (c) __sync_fetch_and_add(&c->seen, 1);
}
static __always_inline void count_known(__u32 hook) {
  struct pl_counters* c = counters_of(hook);
  if (c) __sync_fetch_and_add(&c->known, 1);
}
/* An event that was counted as seen is lost, and its container remembers. */
static __always_inline void count_lost(__u32 hook, enum pl_lost reason, __u32 slot) {
  struct pl_counters* c = counters_of(hook);
  if (c) __sync_fetch_and_add(&c->lost[reason], 1);
  struct pl_slot* s = slot_get(slot);
  if (s) __sync_fetch_and_add(&s->lost[reason], 1);
}

/* Gives a task that was there before the programs what is known of its process: of its leader, who may have
 * executed since, or what the agent read about it. */
static __always_inline void task_recall(struct pl_task* t, struct task_struct* task) {
  struct pl_task* leader = task_find(task->group_leader);
  if (leader && (leader == t || !leader->slot || leader->phase == PL_TASK_UNREAD)) leader = NULL;
  const struct pl_task* known = leader ? leader : task_seed(task);
  if (known) task_copy(t, known);
}

/* Set by the agent while it reads about the tasks of a container that was there before the programs. */
extern __u32 seeding; /* lifecycle.bpf.c */

/* Nothing is known of the task, and the agent is about to read about it. Until then its container is not
 * watched, as it was not before: what the task does would be reported with a wrong actor. */
static __always_inline bool held_back(const struct pl_task* t) {
  return t->phase == PL_TASK_UNREAD && *(volatile __u32*)&seeding;
}

/* The identity of the current task, or NULL for a host task. */
static __always_inline struct pl_task* any_identity(struct task_struct* task) {
  struct pl_task* t = task_find(task);
  if (t && !t->slot) return NULL;
  if (!t) {
    __u32 slot = slot_of_task(task);
    if (!slot) return NULL;
    struct pl_slot* s = slot_get(slot);
    t = task_enter(task, slot, s && s->started_ns ? PL_TASK_UNREAD : PL_TASK_SETUP);
    if (!t) {
      count_seen(PL_HOOK_LIFECYCLE);
      count_lost(PL_HOOK_LIFECYCLE, PL_LOST_NO_STORAGE, slot);
      return NULL;
    }
  }
  if (t->phase == PL_TASK_UNREAD) {
    task_recall(t, task);
    if (config.notices) read_own_creds(&t->creds); /* its leader's may be others: no change to be noticed */
  }
  return t;
}

/* Likewise, and NULL for a task that is held back: the filter that every hook starts with. */
static __always_inline struct pl_task* current_identity(struct task_struct* task) {
  struct pl_task* t = any_identity(task);
  return t && !held_back(t) ? t : NULL;
}

#endif
