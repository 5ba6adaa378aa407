/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where an executed file comes from: the image, the container's own writing, memory, or elsewhere. */
#ifndef PLIMSOLL_ORIGIN_H
#define PLIMSOLL_ORIGIN_H

#include "identity.h"

#define PL_OVERLAYFS_MAGIC 0x794c7630
#define PL_TMPFS_MAGIC 0x01021994
#define PL_KERNMOUNT (1UL << 22) /* SB_KERNMOUNT: mounted by the kernel for itself, as memfds are */

/* The file of the program that the task runs: at the end of an exec the one that was executed, for a script
 * its interpreter. NULL: it has none, as threads of the kernel have none. */
static __always_inline struct file* executed_file(struct task_struct* task) {
  struct mm_struct* mm = task->mm;
  return mm ? mm->exe_file : NULL;
}

/* Of an inode that the verifier knows as one. */
static __always_inline __u64 inode_ctime_ns(const struct inode* inode) {
  if (bpf_core_field_exists(inode->i_ctime_sec))
    return (__u64)inode->i_ctime_sec * 1000000000ULL + inode->i_ctime_nsec;
  const struct inode___since_6_6* v66 = (const void*)inode;
  if (bpf_core_field_exists(v66->__i_ctime))
    return (__u64)v66->__i_ctime.tv_sec * 1000000000ULL + v66->__i_ctime.tv_nsec;
  const struct inode___before_6_6* old = (const void*)inode;
  return (__u64)old->i_ctime.tv_sec * 1000000000ULL + old->i_ctime.tv_nsec;
}

static __always_inline __s64 inode_mtime_sec(struct inode* inode) {
  if (bpf_core_field_exists(inode->i_mtime_sec)) return BPF_CORE_READ(inode, i_mtime_sec);
  struct inode___since_6_7* v67 = (void*)inode;
  if (bpf_core_field_exists(v67->__i_mtime)) return BPF_CORE_READ(v67, __i_mtime.tv_sec);
  struct inode___before_6_6* old = (void*)inode;
  return BPF_CORE_READ(old, i_mtime.tv_sec);
}

static __always_inline bool is_memfd_name(struct dentry* dentry) {
  char name[8] = {};
  bpf_probe_read_kernel(name, sizeof(name) - 1, dentry->d_name.name);
  return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' &&
         name[5] == ':';
}

/* Names that agree in length and in their first 64 bytes are taken for the same. */
static __always_inline bool same_name(struct dentry* a, struct dentry* b) {
  __u64 left[8] = {};
  __u64 right[8] = {};
  if (BPF_CORE_READ(a, d_name.len) != BPF_CORE_READ(b, d_name.len)) return false;
  bpf_probe_read_kernel_str(left, sizeof(left), BPF_CORE_READ(a, d_name.name));
  bpf_probe_read_kernel_str(right, sizeof(right), BPF_CORE_READ(b, d_name.name));
  for (int i = 0; i < 8; i++)
    if (left[i] != right[i]) return false;
  return true;
}

/* The image's file under an overlay's inode: its inode, and its name where the kernel keeps it; NULL if there
 * is none. */
static __always_inline struct inode* overlay_lower(struct ovl_inode* oi, struct dentry** name) {
  struct ovl_path path = {};
  if (bpf_core_field_exists(oi->oe)) {
    struct ovl_entry* oe = BPF_CORE_READ(oi, oe);
    if (!oe || !BPF_CORE_READ(oe, __numlower)) return NULL;
    bpf_core_read(&path, sizeof(path), &oe->__lowerstack[0]);
  } else {
    struct ovl_inode___before_6_5* v65 = (void*)oi;
    struct ovl_inode___before_5_19* v519 = (void*)oi;
    if (bpf_core_field_exists(v65->lowerpath))
      bpf_core_read(&path, sizeof(path), &v65->lowerpath);
    else
      return bpf_core_field_exists(v519->lower) ? BPF_CORE_READ(v519, lower) : NULL;
  }
  *name = path.dentry;
  return path.dentry ? BPF_CORE_READ(path.dentry, d_inode) : NULL;
}

/* Overlay: the upper dentry lies right behind the VFS inode. Where struct ovl_inode is in no BTF (its module
 * was not loaded yet), that place is taken from the size of struct inode. */
static __always_inline __u8 overlay_origin(struct inode* inode, struct dentry* dentry) {
  struct dentry* upper = NULL;
  if (bpf_core_type_exists(struct ovl_inode)) {
    struct ovl_inode* oi = (void*)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);
    upper = BPF_CORE_READ(oi, __upperdentry);
    if (!upper) return PL_ORIGIN_IMAGE;
    struct dentry* name = NULL;
    struct inode* l = overlay_lower(oi, &name);
    if (!l) return PL_ORIGIN_UPPER_NEW;
    struct inode* u = BPF_CORE_READ(upper, d_inode);
    /* Another file of the image, moved here: it is copied up unchanged too, but was not made to be here. */
    if (name && !same_name(name, dentry)) return PL_ORIGIN_UPPER_NEW;
    /* A chown or chmod copies the file up unchanged; writing to it changes its size or its modification time.
     */
    if (BPF_CORE_READ(l, i_size) == BPF_CORE_READ(u, i_size) && inode_mtime_sec(l) == inode_mtime_sec(u))
      return PL_ORIGIN_UPPER_COPY;
    return PL_ORIGIN_MODIFIED;
  }
  bpf_probe_read_kernel(&upper, sizeof(upper), (void*)inode + bpf_core_type_size(struct inode));
  return upper ? PL_ORIGIN_UPPER_NEW : PL_ORIGIN_IMAGE;
}

/* Of the program that the current task has just executed. `started_ns`: wall-clock time of the container's
 * start, for root file systems without layers, where a file that was changed since then is not the image's. 0
 * while the container has not started. Plain loads, as in identity.h: every exec pays for them. */
PL_GLOBAL int file_origin(__u32 outside, __u64 started_ns) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct file* file = executed_file(task);
  if (!file) return PL_ORIGIN_UNKNOWN;
  struct dentry* dentry = file->f_path.dentry;
  struct inode* inode = file->f_inode;
  struct super_block* sb = inode->i_sb;
  unsigned long magic = sb->s_magic;
  if (magic == PL_TMPFS_MAGIC && (sb->s_flags & PL_KERNMOUNT) && is_memfd_name(dentry))
    return PL_ORIGIN_MEMFD;
  if (!inode->i_nlink) return PL_ORIGIN_DELETED;
  if (outside) return PL_ORIGIN_OUTSIDE;
  struct vfsmount* root = task->fs->root.mnt;
  if (sb != root->mnt_sb) return PL_ORIGIN_VOLUME;
  if (magic == PL_OVERLAYFS_MAGIC) return overlay_origin(inode, dentry);
  if (file->f_path.mnt != root) return PL_ORIGIN_VOLUME;
  return started_ns && inode_ctime_ns(inode) > started_ns ? PL_ORIGIN_UPPER_NEW : PL_ORIGIN_IMAGE;
}

#endif
