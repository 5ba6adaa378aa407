/* From a key to an event: ask the verdict cache, reserve, mark in flight, fill, submit; and count every step.
 */
#ifndef PLIMSOLL_EMIT_H
#define PLIMSOLL_EMIT_H

#include "identity.h"
#include "path.h"

static __always_inline __u8 phase_now(const struct pl_task* t, const struct pl_slot* s, __u64 now) {
  if (t->phase == PL_TASK_SETUP) return PL_PHASE_SETUP;
  if (t->phase == PL_TASK_ENTERED) return PL_PHASE_ENTERED;
  return now - s->started_ns < config.startup_phase_ns ? PL_PHASE_STARTUP : PL_PHASE_STEADY;
}

/* Fills in what every key has; the rest must be zero or the action's own. False: the slot has been dismissed,
 * so the task is the host's again. */
static __always_inline bool key_begin(struct pl_key* key, struct pl_task* t, __u8 action, __u64 now) {
  struct pl_slot* s = slot_get(t->slot);
  if (!s) {
    t->slot = 0;
    return false;
  }
  key->slot = t->slot;
  key->epoch = s->epoch;
  key->phase = phase_now(t, s, now);
  key->action = action;
  key->actor = t->actor;
  key->actor_file = t->actor_file;
  if (t->actor_file) key->facts |= PL_FACT_ACTOR_NOT_IMAGE;
  return true;
}

/* Room that is left in the ring for an activity: cgroup events must get through even in a flood. */
static __always_inline bool ring_has_room(void) {
  return bpf_ringbuf_query(&events, BPF_RB_RING_SIZE) - bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >
         config.ring_reserve + sizeof(struct pl_activity);
}

static __always_inline void header_fill(struct pl_header* h, __u8 kind, __u8 hook, __u32 slot, __u64 now) {
  __u64 id = bpf_get_current_pid_tgid();
  h->version = PL_WIRE_VERSION;
  h->kind = kind;
  h->hook = hook;
  h->flags = 0;
  h->hierarchy = config.hierarchy;
  h->cgroup = 0;
  h->time_ns = now;
  h->slot = slot;
  h->pid = id >> 32;
  h->tid = (__u32)id;
  h->zero = 0;
}

static __always_inline void ancestors_fill(struct pl_activity* e, struct task_struct* task) {
  struct task_struct* p = task->group_leader;
  for (int i = 0; i < PL_ANCESTORS; i++) {
    e->ancestors[i].pid = 0;
    e->ancestors[i].exe[0] = 0;
  }
  for (int i = 0; i < PL_ANCESTORS; i++) {
    p = p->real_parent;
    if (!p) break;
    struct pl_task* t = task_find(p);
    if (!t || t->slot != e->header.slot) break;
    e->ancestors[i].pid = p->tgid;
    __builtin_memcpy(e->ancestors[i].exe, t->exe, PL_ANCESTOR_PATH - 1);
    e->ancestors[i].exe[PL_ANCESTOR_PATH - 1] = 0;
  }
}

/* Asks the cache about `key`. NULL: the event has been accounted for (known, or lost) and there is nothing to
 * do. Else a record with everything but the hook's own strings, to be submitted by emit_submit(). */
static __always_inline struct pl_activity* emit_begin(__u32 hook, const struct pl_key* key, struct pl_task* t,
                                                      struct task_struct* task, __u64 now) {
  __u8 uncached = 0;
  count_seen(hook);
  struct pl_verdict* v = NULL;
  if (!(key->facts & PL_FACTS_PARTIAL)) {
    v = bpf_map_lookup_elem(&verdicts, key);
    if (v) {
      v->last_ns = now;
      if (v->judged || now - v->marked_ns < config.in_flight_ns) {
        __sync_fetch_and_add(&v->count, 1);
        count_known(hook);
        return NULL;
      }
    }
  }
  struct pl_activity* e = ring_has_room() ? bpf_ringbuf_reserve(&events, sizeof(*e), 0) : NULL;
  if (!e) {
    count_lost(hook, PL_LOST_RING_FULL, key->slot);
    return NULL;
  }
  if (v) {
    v->marked_ns = now;
  } else if (!(key->facts & PL_FACTS_PARTIAL)) {
    struct pl_verdict mark = {.marked_ns = now, .last_ns = now};
    if (bpf_map_update_elem(&verdicts, key, &mark, BPF_NOEXIST)) uncached = PL_FLAG_UNCACHED;
  }
  header_fill(&e->header, PL_KIND_ACTIVITY, hook, key->slot, now);
  e->header.cgroup = task_cgroup_id(task);
  e->header.flags = uncached;
  e->key = *key;
  struct pl_slot* s = slot_get(key->slot);
  e->since_start_ns = s && s->started_ns ? now - s->started_ns : 0;
  e->lost_before = s ? s->lost : 0;
  e->start_ns = task->group_leader->start_boottime;
  e->ppid = task->real_parent->tgid;
  e->call_flags = 0;
  e->result = 0;
  e->mnt_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
  e->pid_ns = BPF_CORE_READ(task, nsproxy, pid_ns_for_children, ns.inum);
  e->net_ns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
  e->before = t->creds;
  read_creds(task, &e->creds);
  e->groups_count = 0;
  __builtin_memset(e->groups, 0, sizeof(e->groups));
  e->argv_bytes = t->argv_bytes;
  bpf_get_current_comm(e->comm, sizeof(e->comm));
  __builtin_memcpy(e->exe, t->exe, PL_PATH);
  __builtin_memcpy(e->argv, t->argv, PL_ARGV);
  e->path[0] = 0;
  e->name[0] = 0;
  e->extra[0] = 0;
  e->cwd[0] = 0;
  ancestors_fill(e, task);
  t->reported = 1;
  return e;
}

static __always_inline void emit_submit(struct pl_activity* e) {
  count_emitted(e->header.hook);
  bpf_ringbuf_submit(e, 0);
}

#endif
