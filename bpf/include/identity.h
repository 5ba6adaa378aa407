/* Which container a task belongs to, taken in the kernel when the event happens. */
#ifndef PLIMSOLL_IDENTITY_H
#define PLIMSOLL_IDENTITY_H

#include "tasks.h"

static __always_inline __u32 hierarchy_of(struct cgroup* cgroup) {
  return BPF_CORE_READ(cgroup, root, hierarchy_id);
}

static __always_inline struct cgroup* v1_cgroup(struct css_set* set, int subsystem) {
  struct cgroup_subsys_state* css = NULL;
  bpf_core_read(&css, sizeof(css), &set->subsys[subsystem & 15]);
  return BPF_CORE_READ(css, cgroup);
}

/* The task's cgroup in the one hierarchy that tells containers apart. */
PL_GLOBAL __u64 cgroup_id_of(__u64 css_set_address) {
  struct css_set* set = (void*)css_set_address;
  struct cgroup* cgroup = NULL;
  switch (config.controller) {
    case PL_V1_MEMORY:
      cgroup = v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
      break;
    case PL_V1_PIDS:
      cgroup = v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id));
      break;
    case PL_V1_CPU:
      cgroup = v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id));
      break;
    case PL_V1_DEVICES:
      cgroup = v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, devices_cgrp_id));
      break;
    case PL_V1_FREEZER:
      cgroup = v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, freezer_cgrp_id));
      break;
    default:
      cgroup = BPF_CORE_READ(set, dfl_cgrp);
  }
  return BPF_CORE_READ(cgroup, kn, id);
}
static __always_inline __u64 task_cgroup_id(struct task_struct* task) {
  return cgroup_id_of((__u64)BPF_CORE_READ(task, cgroups));
}

/* 0 when that cgroup is not known to be, or to be becoming, a container's. */
static __always_inline __u32 slot_of_cgroup(__u64 id) {
  struct pl_cgroup_key key = {.id = id, .hierarchy = config.hierarchy};
  __u32* slot = bpf_map_lookup_elem(&cgroups, &key);
  return slot ? *slot : 0;
}

static __always_inline struct pl_slot* slot_get(__u32 slot) {
  return bpf_map_lookup_elem(&slots, &slot);
}

static __always_inline __u64 caps(const kernel_cap_t* set) {
  __u64 value = 0;
  bpf_probe_read_kernel(&value, sizeof(value), set);
  return value;
}

PL_GLOBAL int creds_of(__u64 cred_address, struct pl_creds* out) {
  const struct cred* c = (void*)cred_address;
  if (!out) return -1;
  out->uid = BPF_CORE_READ(c, uid.val);
  out->euid = BPF_CORE_READ(c, euid.val);
  out->suid = BPF_CORE_READ(c, suid.val);
  out->fsuid = BPF_CORE_READ(c, fsuid.val);
  out->gid = BPF_CORE_READ(c, gid.val);
  out->egid = BPF_CORE_READ(c, egid.val);
  out->sgid = BPF_CORE_READ(c, sgid.val);
  out->fsgid = BPF_CORE_READ(c, fsgid.val);
  out->effective = caps(&c->cap_effective);
  out->permitted = caps(&c->cap_permitted);
  out->inheritable = caps(&c->cap_inheritable);
  out->bounding = caps(&c->cap_bset);
  out->ambient = caps(&c->cap_ambient);
  out->user_ns = BPF_CORE_READ(c, user_ns, ns.inum);
  return 0;
}
static __always_inline void read_creds(struct task_struct* task, struct pl_creds* out) {
  creds_of((__u64)BPF_CORE_READ(task, cred), out);
}

static __always_inline void set_runtime_actor(struct pl_task* t) {
  __builtin_memcpy(t->exe, "runtime", 8);
  t->actor = config.runtime_actor;
  t->actor_file = 0;
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

static __always_inline void count_seen(__u32 hook) {
  struct pl_counters* c = counters_of(hook);
  if (c) c->seen++;
}
static __always_inline void count_known(__u32 hook) {
  struct pl_counters* c = counters_of(hook);
  if (c) c->known++;
}
static __always_inline void count_emitted(__u32 hook) {
  struct pl_counters* c = counters_of(hook);
  if (c) c->emitted++;
}

/* An event that was counted as seen is lost, and its container remembers. */
static __always_inline void count_lost(__u32 hook, enum pl_lost reason, __u32 slot) {
  struct pl_counters* c = counters_of(hook);
  if (c) c->lost[reason]++;
  struct pl_slot* s = slot_get(slot);
  if (s) __sync_fetch_and_add(&s->lost, 1);
}

/* The identity of the current task, or NULL for a host task: the filter that every hook starts with. A thread
 * without one of its own (it was there before the programs) has its leader's. */
static __always_inline struct pl_task* current_identity(struct task_struct* task) {
  struct pl_task* t = task_find(task);
  if (t) return t->slot ? t : NULL;
  __u32 slot = slot_of_cgroup(task_cgroup_id(task));
  if (!slot) return NULL;
  struct pl_slot* s = slot_get(slot);
  t = task_enter(task, slot, s && s->started_ns ? PL_TASK_INSIDE : PL_TASK_SETUP);
  if (!t) {
    count_seen(PL_HOOK_LIFECYCLE);
    count_lost(PL_HOOK_LIFECYCLE, PL_LOST_NO_STORAGE, slot);
    return NULL;
  }
  struct pl_task* leader = task_find(task->group_leader);
  if (leader && leader != t && leader->slot) task_copy(t, leader);
  return t;
}

#endif
