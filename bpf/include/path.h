/* Paths as the task sees them, by walking dentries and mounts up to the task's root (bpf_d_path may not be
 * called from these programs). */
#ifndef PLIMSOLL_PATH_H
#define PLIMSOLL_PATH_H

#include "room.h"

enum { PL_WALK_STEPS = 64 };

struct pl_walk {
  struct dentry* dentry;
  struct mount* mount;
  struct dentry* root_dentry;
  struct vfsmount* root_mnt;
  struct pl_room* s;
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
  struct dentry* mount_root = BPF_CORE_READ(mount, mnt.mnt_root);
  struct dentry* parent = BPF_CORE_READ(dentry, d_parent);
  if (dentry == mount_root || dentry == parent) {
    struct mount* above = BPF_CORE_READ(mount, mnt_parent);
    if (dentry != mount_root || above == mount) { /* a detached tree, or the top of the namespace */
      w->done = 1;
      w->outside = 1;
      return 1;
    }
    w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
    w->mount = above;
    return 0;
  }
  __u32 length = BPF_CORE_READ(dentry, d_name.len) & (PL_PATH - 1);
  const unsigned char* name = BPF_CORE_READ(dentry, d_name.name);
  __u32 position = w->position;
  if (position < length + 1 || position > PL_WALK_ROOM) {
    w->truncated = 1;
    return 1;
  }
  position = (position - length - 1) & (PL_WALK_ROOM - 1);
  w->s->walk[position] = '/';
  bpf_probe_read_kernel(&w->s->walk[position + 1], length, name);
  w->position = position;
  w->dentry = parent;
  return 0;
}

struct pl_path_facts {
  __u8 outside, truncated;
};

/* Writes the path (of a struct path) into `out`: zero-padded, its end when it is too long. */
PL_GLOBAL int path_text(__u64 path_address, __u64 fs_address, struct pl_room* s, union pl_text* out,
                        struct pl_path_facts* facts) {
  struct path* path = (void*)path_address;
  struct fs_struct* fs = (void*)fs_address;
  if (!s || !out || !facts) return -1;
  struct pl_walk w = {
      .dentry = BPF_CORE_READ(path, dentry),
      .mount = (void*)BPF_CORE_READ(path, mnt) - bpf_core_field_offset(struct mount, mnt),
      .root_dentry = BPF_CORE_READ(fs, root.dentry),
      .root_mnt = BPF_CORE_READ(fs, root.mnt),
      .s = s,
      .position = PL_WALK_ROOM,
  };
  bpf_loop(PL_WALK_STEPS, pl_walk_step, &w, 0);
  __u32 position = w.position;
  if (!w.done) w.truncated = 1;
  if (position == PL_WALK_ROOM) { /* the root itself */
    position = PL_WALK_ROOM - 1;
    s->walk[position] = '/';
  }
  __u32 length = PL_WALK_ROOM - position;
  if (length > PL_PATH - 1) {
    w.truncated = 1;
    position = PL_WALK_ROOM - (PL_PATH - 1);
    length = PL_PATH - 1;
  }
  __builtin_memset(out->bytes, 0, PL_PATH);
  length &= PL_PATH - 1;
  bpf_probe_read_kernel(out->bytes, length, &s->walk[position & (PL_WALK_ROOM - 1)]);
  facts->outside = w.outside;
  facts->truncated = w.truncated;
  return (int)length;
}

/* The task's working directory. */
static __always_inline int cwd_text(struct task_struct* task, struct pl_room* s,
                                    struct pl_path_facts* facts) {
  struct fs_struct* fs = BPF_CORE_READ(task, fs);
  return path_text((__u64)fs + bpf_core_field_offset(struct fs_struct, pwd), (__u64)fs, s, &s->cwd, facts);
}

#endif
