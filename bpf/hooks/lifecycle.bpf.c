/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The life of tasks: a child inherits its identity, and the exit of a program that raised new behaviour is
 * reported. */
#include "emit.h"
#include "missed.h"

const volatile struct pl_config config = {};
__u64 host_root_dentry = 0;
__u64 wall_offset_ns = 0;
__u32 reader_waits = 0;
__u32 verdicts_top = 0;
__u64 records_read[PL_HOOKS] = {}; /* written by the agent; pinned with the maps */
__u32 host_epoch = 0;
__u32 seeding = 0;
struct pl_key_call set_known_calls[PL_SET_KNOWN_BATCH] = {}; /* agent.bpf.c */

enum { PL_KTHREADD = 2 };

/* Anchors the event structs, so that their layout is in the object's BTF and a test can compare both sides.
 */
struct pl_abi {
  struct pl_activity activity;
  struct pl_cgroup_event cgroup;
  struct pl_exited exited;
  struct pl_answer answer;
};
const struct pl_abi* pl_abi_unused __attribute__((unused)) SEC(".data.abi") = NULL;

/* task_newtask and not sched_process_fork: it also sees io_uring's kernel-made threads, and the child already
 * is in its cgroup (CLONE_INTO_CGROUP makes no attach event). */
SEC("tp_btf/task_newtask")
int BPF_PROG(on_newtask, struct task_struct* child, __u64 clone_flags) {
  struct task_struct* parent = bpf_get_current_task_btf();
  struct pl_task* p = task_find(parent);
  if (p && (!p->slot || !slot_get(p->slot))) p = NULL; /* a host task, or one of a slot that was dismissed */
  if (p && p->phase == PL_TASK_UNREAD) task_recall(p, parent); /* or its child would be unread, too */
  __u32 slot = slot_of_cgroup(task_cgroup_id(child));
  if (!p && !slot) return 0;
  if (!p) {
    /* A host task has cloned it into a container's cgroup; or its parent ran in there before the programs
     * did. */
    struct pl_slot* s = slot_get(slot);
    __u8 born_inside = slot_of_cgroup(task_cgroup_id(parent)) == slot && s && s->started_ns;
    struct pl_task* made = task_enter(child, slot, born_inside ? PL_TASK_UNREAD : PL_TASK_SETUP);
    if (!made) {
      count_seen(PL_HOOK_LIFECYCLE);
      count_lost(PL_HOOK_LIFECYCLE, PL_LOST_NO_STORAGE, slot);
    } else if (born_inside) {
      task_recall(made, parent);
      made->slot = slot;
      read_creds(child, &made->creds);
    }
    return 0;
  }
  count_seen(PL_HOOK_LIFECYCLE);
  struct pl_task* c = task_make(child);
  if (!c) {
    count_lost(PL_HOOK_LIFECYCLE, PL_LOST_NO_STORAGE, p->slot);
    return 0;
  }
  count_known(PL_HOOK_LIFECYCLE);
  task_copy(c, p);
  if (slot) c->slot = slot; /* cloned into another container's cgroup: that one's */
  read_creds(child, &c->creds);
  return 0;
}

static __always_inline void report_exit(struct task_struct* task) {
  struct pl_task* t = task_find(task);
  if (!t || !t->slot || !t->reported || task->pid != task->tgid || !slot_get(t->slot)) return;
  struct pl_counters* c = counters_of(PL_HOOK_LIFECYCLE);
  struct pl_exited e;
  __builtin_memset(&e, 0, sizeof(e));
  count_seen(PL_HOOK_LIFECYCLE);
  header_fill(&e.header, PL_KIND_EXITED, PL_HOOK_LIFECYCLE, t->slot);
  e.exit_code = task->exit_code;
  if (!send(&e, sizeof(e)))
    count_lost(PL_HOOK_LIFECYCLE, PL_LOST_RING_FULL, t->slot);
  else if (c)
    __sync_fetch_and_add(&c->emitted, 1);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct* task) {
  struct pl_task* t = task_find(task);
  if (t && t->slot) calls_missed(t);
  report_exit(task);
  task_ended(task);
  return 0;
}

/* Run once before attaching: finds the host's root directory, from which a container's is told apart at its
 * first exec. kthreadd shares its fs_struct with init from the start, so it follows when an initramfs hands
 * over to the real root. */
SEC("iter/task")
int find_host_root(struct bpf_iter__task* ctx) {
  struct task_struct* task = ctx->task;
  if (task && task->pid == PL_KTHREADD) host_root_dentry = (__u64)BPF_CORE_READ(task, fs, root.dentry);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
