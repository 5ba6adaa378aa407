/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a key to an event: look it up in the verdict cache; only if it is new, fill a record, submit it and
 * mark the key in flight. Every step is counted. */
#ifndef PLIMSOLL_EMIT_H
#define PLIMSOLL_EMIT_H

#include "identity.h"
#include "path.h"
#include "verdicts.h"

/* Set by the reader of the rings before it sleeps until a record comes; lifecycle.bpf.c. */
extern __u32 reader_waits;

/* What every hook needs about its event. */
struct pl_watch {
  struct task_struct* task;
  struct pl_task* t;
  struct pl_slot* slot;
  struct pl_counters* counters;
  struct pl_verdict* verdict; /* the key's, found by is_known() */
  __u64 tick;
  __u32 hook;
};

/* False: the slot was dismissed, so the task is a host task again. */
static __always_inline bool watch_quietly(struct pl_watch* w, struct task_struct* task, struct pl_task* t,
                                          __u32 hook) {
  w->task = task;
  w->t = t;
  w->hook = hook;
  w->verdict = NULL;
  w->slot = slot_get(t->slot);
  w->counters = w->slot ? counters_of(hook) : NULL;
  if (!w->counters) {
    t->slot = 0;
    return false;
  }
  w->tick = bpf_jiffies64();
  return true;
}

/* Likewise, and counts the event as seen. */
static __always_inline bool watch_begin(struct pl_watch* w, struct task_struct* task, struct pl_task* t,
                                        __u32 hook) {
  if (!watch_quietly(w, task, t, hook)) return false;
  __sync_fetch_and_add(&w->counters->seen, 1);
  return true;
}

static __always_inline void lose(const struct pl_watch* w, enum pl_lost reason) {
  __sync_fetch_and_add(&w->counters->lost[reason], 1);
  __sync_fetch_and_add(&w->slot->lost[reason], 1);
}

static __always_inline __u8 phase_now(const struct pl_watch* w) {
  if (w->t->phase == PL_TASK_SETUP) return PL_PHASE_SETUP;
  if (w->t->phase == PL_TASK_ENTERED) return PL_PHASE_ENTERED;
  return w->tick < w->slot->steady_tick ? PL_PHASE_STARTUP : PL_PHASE_STEADY;
}

/* Sets what every key has, and everything else to zero. */
static __always_inline void key_begin(struct pl_key* key, const struct pl_watch* w, __u8 action) {
  __builtin_memset(key, 0, sizeof(*key));
  key->slot = w->t->slot;
  key->epoch = w->slot->epoch;
  key->phase = phase_now(w);
  key->action = action;
  key->actor = w->t->actor;
  key->facts = w->t->facts;
}

/* True: the key is known or in flight. It has been counted, and there is nothing left to do. */
static __always_inline bool is_known(struct pl_watch* w, const struct pl_key* key) {
  if (key->facts & PL_FACTS_PARTIAL) return false;
  struct pl_verdict* v = verdict_find(key, words_of(w->hook));
  w->verdict = v;
  if (!v) return false;
  if (v->last_tick != w->tick) v->last_tick = w->tick; /* a write takes it from the other CPUs */
  if (!v->known && w->tick - v->marked_tick >= config.in_flight_ticks) return false;
  repeat_count(w->hook, w->counters, v);
  __sync_fetch_and_add(&w->counters->known, 1);
  return true;
}

/* What is likely to be an attack: it has a ring and a quota of its own. */
static __always_inline bool is_urgent(const struct pl_key* key) {
  if (key->phase == PL_PHASE_SETUP || key->outcome == PL_FAILED) return false;
  switch (key->action) {
    case PL_EXEC: {
      const struct pl_exec_key* e = &key->object.exec;
      bool facts = key->origin != PL_ORIGIN_IMAGE && key->origin != PL_ORIGIN_UPPER_COPY &&
                   key->origin != PL_ORIGIN_VOLUME;
      return facts || e->caps_gained || (e->euid_from && !e->euid_to);
    }
    case PL_SETID:
      return key->object.setid.from[1] && !key->object.setid.to[1];
    case PL_CAPSET:
      return key->object.capset.effective_to & ~key->object.capset.effective_from;
    case PL_CONNECT:
      return false;
    default: /* mounts, namespaces, raw and packet sockets */
      return true;
  }
}

static __always_inline void* ring_of_cpu(void) {
  __u32 cpu = bpf_get_smp_processor_id();
  return bpf_map_lookup_elem(&rings, &cpu);
}

/* A container that emits no more a second than this part of the limit (or than this, where there is no limit)
 * may fill a whole ring; the others only half of it. */
enum { PL_MODEST = 64, PL_MODEST_UNLIMITED = 64 };

/* Limits the new behaviour of a container by the second, so that a flood does not crowd out other containers,
 * not even while nobody reads. Returns PL_LOST_REASONS if the event may go into `ring`, else the reason of
 * its loss. Urgent events have a ring of their own: `ring` is NULL. */
static __always_inline enum pl_lost refused(const struct pl_watch* w, void* ring) {
  struct pl_slot* s = w->slot;
  __u64 began = s->window_tick;
  if (w->tick - began >= config.second_ticks &&
      __sync_val_compare_and_swap(&s->window_tick, began, w->tick) == began) {
    s->emitted = 0;
    s->urgent = 0;
  }
  __u32 limit = config.events_per_slot;
  __u32 said = __sync_fetch_and_add(ring ? &s->emitted : &s->urgent, 1);
  if (limit && said >= limit) return PL_LOST_QUOTA;
  if (!ring || said < (limit ? limit / PL_MODEST : PL_MODEST_UNLIMITED)) return PL_LOST_REASONS;
  if (bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) < bpf_ringbuf_query(ring, BPF_RB_RING_SIZE) / 2)
    return PL_LOST_REASONS;
  return limit ? PL_LOST_QUOTA : PL_LOST_RING_FULL;
}

/* Of nobody: where the current task is whoever was interrupted. */
static __always_inline void header_begin(struct pl_header* h, __u8 kind, __u8 hook, __u32 slot) {
  h->version = PL_WIRE_VERSION;
  h->kind = kind;
  h->hook = hook;
  h->flags = 0;
  h->hierarchy = config.hierarchy;
  h->cgroup = 0;
  h->time_ns = bpf_ktime_get_ns();
  h->slot = slot;
  h->pid = h->tid = 0;
  h->zero = 0;
}

static __always_inline void header_fill(struct pl_header* h, __u8 kind, __u8 hook, __u32 slot) {
  __u64 id = bpf_get_current_pid_tgid();
  header_begin(h, kind, hook, slot);
  h->pid = id >> 32;
  h->tid = (__u32)id;
}

/* What the current task is. By itself, for the same reason as read_own_creds(). */
PL_GLOBAL int task_facts(struct pl_scratch* scratch) {
  struct task_struct* task = bpf_get_current_task_btf();
  if (!scratch) return 0;
  struct pl_activity* e = &scratch->record.activity;
  e->header.cgroup = task_cgroup_id(task);
  e->start_ns = task->group_leader->start_boottime;
  e->ppid = task->real_parent->tgid;
  e->mnt_ns = task->nsproxy->mnt_ns->ns.inum;
  e->pid_ns = task->nsproxy->pid_ns_for_children->ns.inum;
  e->net_ns = task->nsproxy->net_ns->ns.inum;
  read_creds(task, &e->creds);
  bpf_get_current_comm(e->comm, sizeof(e->comm));
  return 0;
}

/* A scratch buffer with a record in which everything but the hook's own fields is filled in. NULL: the event
 * is lost, and counted. `scratch`: a buffer that the hook has taken already, and releases itself; or NULL. */
static __always_inline struct pl_scratch* event_begin(struct pl_watch* w, const struct pl_key* key,
                                                      struct pl_scratch* scratch) {
  enum pl_lost why = refused(w, is_urgent(key) ? NULL : ring_of_cpu());
  if (why != PL_LOST_REASONS) {
    lose(w, why);
    return NULL;
  }
  if (!scratch) scratch = scratch_take();
  if (!scratch) {
    lose(w, PL_LOST_NO_SCRATCH);
    return NULL;
  }
  struct pl_activity* e = &scratch->record.activity;
  header_fill(&e->header, PL_KIND_ACTIVITY, w->hook, key->slot);
  task_facts(scratch);
  e->key = *key;
  e->since_start_ns = w->slot->started_ns ? e->header.time_ns - w->slot->started_ns : 0;
  e->lost_before = 0;
  for (int i = 0; i < PL_LOST_REASONS; i++) e->lost_before += w->slot->lost[i];
  e->call_flags = 0;
  e->result = 0;
  e->before = w->t->creds;
  e->groups_count = 0;
  __builtin_memset(e->text_bytes, 0, sizeof(e->text_bytes));
  scratch->texts_bytes = 0;
  text_add(scratch, PL_TEXT_EXE, w->t->exe, w->t->exe_bytes);
  if (w->hook != PL_HOOK_EXEC) text_add(scratch, PL_TEXT_ARGV, w->t->argv, w->t->argv_bytes);
  w->t->reported = 1;
  return scratch;
}

static __always_inline void ancestors_add(const struct pl_watch* w, struct pl_scratch* scratch) {
  struct pl_activity* e = &scratch->record.activity;
  struct task_struct* p = w->task->group_leader;
  __builtin_memset(e->ancestors, 0, sizeof(e->ancestors));
  for (int i = 0; i < PL_ANCESTORS; i++) {
    p = p->real_parent;
    if (!p) break;
    struct pl_task* t = task_find(p);
    if (!t || t->slot != e->header.slot) break;
    e->ancestors[i] = p->tgid;
    __u32 bytes = t->exe_bytes;
    text_add(scratch, PL_TEXT_ANCESTOR + i, t->exe, bytes < PL_ANCESTOR_PATH ? bytes : PL_ANCESTOR_PATH - 1);
  }
}

/* A record wakes the reader only when that sleeps without a timeout; while records come, it polls every few
 * milliseconds. An empty record in the urgent ring wakes it. */
static __always_inline void wake_reader(void) {
  void* nothing = bpf_ringbuf_reserve(&urgent, 8, 0);
  if (nothing) bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}
static __always_inline void wake_if_it_waits(void) {
  if (reader_waits && __sync_lock_test_and_set(&reader_waits, 0)) wake_reader();
}

/* True: it was sent. The urgent ring wakes the reader at once, and reserves a part for cgroup events. */
static __always_inline bool send_urgent(void* record, __u64 bytes) {
  __u64 scratch =
      bpf_ringbuf_query(&urgent, BPF_RB_RING_SIZE) - bpf_ringbuf_query(&urgent, BPF_RB_AVAIL_DATA);
  return scratch > config.urgent_reserve + bytes &&
         !bpf_ringbuf_output(&urgent, record, bytes, BPF_RB_FORCE_WAKEUP);
}

static __always_inline bool send(void* record, __u64 bytes) {
  void* ring = ring_of_cpu();
  if (!ring) return false;
  __u64 before = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);
  if (bpf_ringbuf_output(ring, record, bytes, BPF_RB_NO_WAKEUP)) return false;
  if (before < config.wake_bytes && before + bytes >= config.wake_bytes) wake_reader();
  wake_if_it_waits();
  return true;
}

/* Only a key whose event was sent is marked: a mark without an event would hide the next one. */
static __always_inline void remember(const struct pl_watch* w, const struct pl_key* key) {
  if (key->facts & PL_FACTS_PARTIAL) return;
  if (w->verdict) {
    w->verdict->marked_tick = w->tick;
    return;
  }
  __u32 place = 0;
  long error = -1;
  if (w->slot->cached < config.cached_per_slot && !bpf_map_pop_elem(&free_verdicts, &place)) {
    error = verdict_put(place, key, w->tick, 0);
    if (error) bpf_map_push_elem(&free_verdicts, &place, 0);
  }
  if (!error)
    __sync_fetch_and_add(&w->slot->cached, 1);
  else if (error != -PL_EEXIST) /* another thread has marked it meanwhile */
    __sync_fetch_and_add(&w->counters->uncached, 1);
}

static __always_inline void event_send(struct pl_watch* w, struct pl_scratch* scratch,
                                       const struct pl_key* key) {
  ancestors_add(w, scratch);
  __u64 bytes = scratch->texts_bytes;
  if (bytes > PL_TEXTS_SCRATCH) bytes = PL_TEXTS_SCRATCH;
  bytes += sizeof(struct pl_activity);
  bool sent = is_urgent(key) ? send_urgent(&scratch->record, bytes) : send(&scratch->record, bytes);
  if (sent) {
    __sync_fetch_and_add(&w->counters->emitted, 1);
    remember(w, key);
  } else {
    lose(w, PL_LOST_RING_FULL);
  }
}

/* Sends the record and releases the buffer that event_begin() took. */
static __always_inline void event_submit(struct pl_watch* w, struct pl_scratch* scratch,
                                         const struct pl_key* key) {
  event_send(w, scratch, key);
  scratch_release(scratch);
}

#endif
