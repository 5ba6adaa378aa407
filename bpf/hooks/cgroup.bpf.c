/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* cgroups come, go, and take tasks in: this is how containers are seen before anything runs in them. */
#include "emit.h"

static __always_inline __u64 cgroup_id(struct cgroup* cgroup) {
  return BPF_CORE_READ(cgroup, kn, id);
}

static __always_inline struct pl_cgroup_event* begin(__u8 kind, __u32 slot, __u64 id) {
  count_seen(PL_HOOK_CGROUP);
  struct pl_cgroup_event* e = bpf_ringbuf_reserve(&urgent, sizeof(*e), 0);
  if (!e) {
    count_lost(PL_HOOK_CGROUP, PL_LOST_RING_FULL, slot);
    return NULL;
  }
  header_fill(&e->header, kind, PL_HOOK_CGROUP, slot);
  e->header.cgroup = id;
  e->parent_slot = 0;
  e->from_host = 0;
  bpf_get_current_comm(e->comm, sizeof(e->comm));
  e->path[0] = 0;
  e->cwd[0] = 0;
  return e;
}

/* The setup of a container waits until the agent has read its files: wake the agent at once. */
static __always_inline void submit(struct pl_cgroup_event* e) {
  struct pl_counters* c = counters_of(PL_HOOK_CGROUP);
  if (c) __sync_fetch_and_add(&c->emitted, 1);
  bpf_ringbuf_submit(e, BPF_RB_FORCE_WAKEUP);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup* cgroup, const char* path) {
  if (hierarchy_of(cgroup) != config.hierarchy) return 0;
  struct pl_cgroup_key key = {.id = cgroup_id(cgroup), .hierarchy = config.hierarchy};
  struct cgroup* above = BPF_CORE_READ(cgroup, self.parent, cgroup);
  __u32 parent_slot = slot_of_cgroup(cgroup_id(above));
  struct pl_slot* parent = parent_slot ? slot_get(parent_slot) : NULL;
  if (parent && parent->state == PL_SLOT_NAMED) { /* nested in a container: the container's own */
    if (bpf_map_update_elem(&cgroups, &key, &parent_slot, BPF_ANY)) {
      count_seen(PL_HOOK_CGROUP);
      count_lost(PL_HOOK_CGROUP, PL_LOST_NO_SLOT, parent_slot);
    }
    return 0;
  }
  __u32 slot = 0;
  if (bpf_map_pop_elem(&free_slots, &slot) || bpf_map_update_elem(&cgroups, &key, &slot, BPF_ANY)) {
    if (slot) bpf_map_push_elem(&free_slots, &slot, 0);
    count_seen(PL_HOOK_CGROUP);
    count_lost(PL_HOOK_CGROUP, PL_LOST_NO_SLOT, 0);
    return 0;
  }
  slot_begin(slot, 0, 0);
  struct pl_cgroup_event* e = begin(PL_KIND_CGROUP_MADE, slot, key.id);
  if (!e) { /* the agent would never name it; it counts the loss, and scans for the cgroup itself */
    bpf_map_delete_elem(&cgroups, &key);
    slot_end(slot);
    return 0;
  }
  e->parent_slot = parent ? parent_slot : 0;
  bpf_probe_read_kernel_str(e->path, sizeof(e->path), path);
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_scratch* scratch = scratch_take();
  struct pl_path_facts facts = {};
  if (scratch) {
    if (cwd_text(task, scratch, &facts) >= 0 && !facts.truncated)
      __builtin_memcpy(e->cwd, scratch->cwd.bytes, PL_PATH);
    scratch_release(scratch);
  }
  submit(e);
  return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup* cgroup, const char* path) {
  if (hierarchy_of(cgroup) != config.hierarchy) return 0;
  struct pl_cgroup_key key = {.id = cgroup_id(cgroup), .hierarchy = config.hierarchy};
  __u32 slot = slot_of_cgroup(key.id);
  if (!slot) return 0;
  bpf_map_delete_elem(&cgroups, &key);
  struct pl_cgroup_event* e = begin(PL_KIND_CGROUP_REMOVED, slot, key.id);
  if (!e) return 0;
  bpf_probe_read_kernel_str(e->path, sizeof(e->path), path);
  submit(e);
  return 0;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(on_cgroup_attach, struct cgroup* to, const char* path, struct task_struct* task,
             bool threadgroup) {
  if (hierarchy_of(to) != config.hierarchy) return 0;
  __u32 slot = slot_of_cgroup(cgroup_id(to));
  struct pl_task* t = task_find(task);
  __u32 before = t && t->slot && slot_get(t->slot) ? t->slot : 0;
  if (slot == before) return 0;
  struct pl_slot* s = slot ? slot_get(slot) : NULL;
  __u32 from_host = !before;
  if (slot && from_host) {
    if (!task_enter(task, slot, PL_TASK_SETUP)) {
      count_seen(PL_HOOK_CGROUP);
      count_lost(PL_HOOK_CGROUP, PL_LOST_NO_STORAGE, slot);
      return 0;
    }
    if (!s || !s->started_ns) return 0; /* a container that is being set up: nothing to report */
  } else if (slot) {
    t->slot = slot; /* another container's now */
  } /* else: left for a cgroup that is no container's; the identity sticks */
  struct pl_cgroup_event* e = begin(PL_KIND_CGROUP_MOVED, slot ? slot : before, cgroup_id(to));
  if (!e) return 0;
  e->parent_slot = before;
  e->from_host = from_host;
  e->header.slot = slot;
  e->header.pid = task->tgid;
  e->header.tid = task->pid;
  bpf_probe_read_kernel_str(e->path, sizeof(e->path), path);
  submit(e);
  return 0;
}
