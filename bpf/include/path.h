/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths as the task sees them, by walking dentries and mounts up to the task's root (bpf_d_path may not be
 * called from these programs). */
#ifndef PLIMSOLL_PATH_H
#define PLIMSOLL_PATH_H

#include "scratch.h"

enum { PL_WALK_STEPS = 64 };

struct pl_walk {
  struct dentry* dentry;
  struct mount* mount;
  struct dentry* mount_root;
  struct dentry* root_dentry;
  struct vfsmount* root_mnt;
  struct pl_scratch* s;
  __u32 position;
  __u8 done;    /* reached the task's root or the top */
  __u8 outside; /* the top was reached without passing the task's root */
  __u8 truncated;
};

static long pl_walk_step(__u32 index, struct pl_walk* w) {
  struct dentry* dentry = w->dentry;
  struct mount* mount = w->mount;
  if (dentry == w->root_dentry && &mount->mnt == w->root_mnt) {
    w->done = 1;
    return 1;
  }
  /* What of a dentry is needed here lies together: one read of it instead of three. */
  char* block = w->s->dentry;
  __u64 parent_at = bpf_core_field_offset(struct dentry, d_parent);
  __u64 length_at = bpf_core_field_offset(struct dentry, d_name.len) - parent_at;
  __u64 name_at = bpf_core_field_offset(struct dentry, d_name.name) - parent_at;
  if (length_at > PL_DENTRY_BLOCK - 4 || name_at > PL_DENTRY_BLOCK - 8 ||
      bpf_probe_read_kernel(block, PL_DENTRY_BLOCK, (void*)dentry + parent_at)) {
    w->truncated = 1;
    return 1;
  }
  struct dentry* parent = *(struct dentry**)block;
  if (dentry == w->mount_root || dentry == parent) {
    struct mount* above = BPF_CORE_READ(mount, mnt_parent);
    if (dentry != w->mount_root || above == mount) { /* a detached tree, or the top of the namespace */
      w->done = 1;
      w->outside = 1;
      return 1;
    }
    w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
    w->mount = above;
    w->mount_root = BPF_CORE_READ(above, mnt.mnt_root);
    return 0;
  }
  __u32 length = *(__u32*)&block[length_at] & (PL_PATH - 1);
  const unsigned char* name = *(const unsigned char**)&block[name_at];
  __u32 position = w->position;
  if (position < length + 1 || position > PL_WALK_SCRATCH) {
    w->truncated = 1;
    return 1;
  }
  position = (position - length - 1) & (PL_WALK_SCRATCH - 1);
  w->s->walk[position] = '/';
  bpf_probe_read_kernel(&w->s->walk[position + 1], length, name);
  w->position = position;
  w->dentry = parent;
  return 0;
}

struct pl_path_facts {
  __u8 outside, truncated;
};

/* Read by plain loads: the pointers come from a task or a file that the verifier knows as one. */
static __always_inline void walk_from(struct pl_scratch* scratch, const struct path* path,
                                      const struct fs_struct* fs) {
  struct pl_walk_from* from = &scratch->walk_from;
  from->dentry = (__u64)path->dentry;
  from->mnt = (__u64)path->mnt;
  from->mount_root = (__u64)path->mnt->mnt_root;
  from->root_dentry = (__u64)fs->root.dentry;
  from->root_mnt = (__u64)fs->root.mnt;
}

/* Writes the path at which the walk of the scratch buffer begins into `out`, zero-padded; a path that is too
 * long keeps its end. */
PL_GLOBAL int path_text(struct pl_scratch* s, union pl_text* out, struct pl_path_facts* facts) {
  if (!s || !out || !facts) return -1;
  struct pl_walk w = {
      .dentry = (void*)s->walk_from.dentry,
      .mount = (void*)s->walk_from.mnt - bpf_core_field_offset(struct mount, mnt),
      .mount_root = (void*)s->walk_from.mount_root,
      .root_dentry = (void*)s->walk_from.root_dentry,
      .root_mnt = (void*)s->walk_from.root_mnt,
      .s = s,
      .position = PL_WALK_SCRATCH,
  };
  bpf_loop(PL_WALK_STEPS, pl_walk_step, &w, 0);
  __u32 position = w.position;
  if (!w.done) w.truncated = 1;
  if (position == PL_WALK_SCRATCH) { /* the root itself */
    position = PL_WALK_SCRATCH - 1;
    s->walk[position] = '/';
  }
  __u32 length = PL_WALK_SCRATCH - position;
  if (length > PL_PATH - 1) {
    w.truncated = 1;
    position = PL_WALK_SCRATCH - (PL_PATH - 1);
    length = PL_PATH - 1;
  }
  __builtin_memset(out->bytes, 0, PL_PATH);
  length &= PL_PATH - 1;
  bpf_probe_read_kernel(out->bytes, length, &s->walk[position & (PL_WALK_SCRATCH - 1)]);
  facts->outside = w.outside;
  facts->truncated = w.truncated;
  return (int)length;
}

/* The task's working directory. */
static __always_inline int cwd_text(struct task_struct* task, struct pl_scratch* s,
                                    struct pl_path_facts* facts) {
  struct fs_struct* fs = task->fs;
  walk_from(s, &fs->pwd, fs);
  return path_text(s, &s->cwd, facts);
}

#endif
