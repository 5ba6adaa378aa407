/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's types, trimmed to the fields we read. Every struct is relocated by CO-RE against the running
 * kernel's BTF, so offsets here mean nothing and fields may be missing; no BTF of the build host is needed.
 */
#ifndef PLIMSOLL_KERNEL_TYPES_H
#define PLIMSOLL_KERNEL_TYPES_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef __u16 __sum16;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void*)0)

/* From the BPF uapi: only what is used, so that no header of the host's kernel is needed. */
enum {
  BPF_MAP_TYPE_HASH = 1,
  BPF_MAP_TYPE_ARRAY = 2,
  BPF_MAP_TYPE_PERCPU_ARRAY = 6,
  BPF_MAP_TYPE_LRU_HASH = 9,
  BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
  BPF_MAP_TYPE_QUEUE = 22,
  BPF_MAP_TYPE_STACK = 23,
  BPF_MAP_TYPE_RINGBUF = 27,
  BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1, BPF_EXIST = 2 };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_MMAPABLE = 1024 };
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0, BPF_RB_RING_SIZE = 1 };

struct bpf_sock_addr {
  __u32 user_family;
  __u32 user_ip4;
  __u32 user_ip6[4];
  __u32 user_port;
  __u32 family;
  __u32 type;
  __u32 protocol;
  __u32 msg_src_ip4;
  __u32 msg_src_ip6[4];
};
struct __sk_buff {
  __u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority;
  __u32 ingress_ifindex;
};
struct bpf_sock {
  __u32 bound_dev_if;
  __u32 family;
  __u32 type;
  __u32 protocol;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
  unsigned long r10, r9, r8, cx, dx, si, di, bx, bp, orig_ax, ax;
};
struct thread_info {
  unsigned long flags;
  __u32 status;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
  unsigned long regs[31];
  __u64 orig_x0;
  __s32 syscallno;
};
struct thread_info {
  unsigned long flags;
};
#else
#error "unknown target architecture"
#endif

typedef struct {
  int counter;
} atomic_t;
typedef struct {
  __u32 val;
} kuid_t;
typedef struct {
  __u32 val;
} kgid_t;

struct ns_common {
  __u32 inum;
};
struct user_namespace {
  struct ns_common ns;
};
struct group_info {
  int ngroups;
  kgid_t gid[0];
};

/* Eight bytes on every kernel: two 32-bit words before 6.3, one 64-bit word since. */
typedef struct {
  __u32 cap_opaque[2];
} kernel_cap_t;

struct cred {
  kuid_t uid, suid, euid, fsuid;
  kgid_t gid, sgid, egid, fsgid;
  kernel_cap_t cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
  struct user_namespace* user_ns;
  struct group_info* group_info;
};

struct qstr {
  __u32 hash;
  __u32 len;
  const unsigned char* name;
};
struct super_block;
struct inode;
struct dentry {
  struct dentry* d_parent;
  struct qstr d_name;
  struct inode* d_inode;
};
struct super_block {
  __u32 s_dev;
  unsigned long s_magic;
  unsigned long s_flags;
};
struct timespec64 {
  __s64 tv_sec;
  long tv_nsec;
};
struct inode {
  __u16 i_mode;
  unsigned int i_nlink;
  struct super_block* i_sb;
  unsigned long i_ino;
  __u32 i_rdev;
  __s64 i_size;
  /* Since 6.11 (kernel commit 3aa63a569c64) */
  __s64 i_ctime_sec, i_mtime_sec;
  __u32 i_ctime_nsec, i_mtime_nsec;
};
/* 6.6 to 6.10 named it __i_ctime (kernel commit 13bc24457850); before that it was i_ctime. */
struct inode___since_6_6 {
  struct timespec64 __i_ctime, i_mtime;
};
struct inode___since_6_7 {
  struct timespec64 __i_mtime;
};
struct inode___before_6_6 {
  struct timespec64 i_ctime, i_mtime;
};

struct vfsmount {
  struct dentry* mnt_root;
  struct super_block* mnt_sb;
};
struct mount {
  struct mount* mnt_parent;
  struct dentry* mnt_mountpoint;
  struct vfsmount mnt;
};
struct path {
  struct vfsmount* mnt;
  struct dentry* dentry;
};
struct fs_struct {
  struct path root, pwd;
};

struct file {
  struct path f_path;
  struct inode* f_inode;
  void* private_data;
};
struct fdtable {
  unsigned int max_fds;
  struct file** fd;
};
struct files_struct {
  struct fdtable* fdt;
  struct file* fd_array[64]; /* the table itself, until more are open than fit */
};

struct mm_struct {
  unsigned long arg_start, arg_end, env_start, env_end;
  struct file* exe_file;
};

struct linux_binprm {
  struct file* file;
  const char* filename;
  const char* interp;
  unsigned int secureexec : 1;
};

/* overlayfs: lower layers since 6.5 (kernel commit 0af950f57fef); `lowerpath` or, still before, `lower`. */
struct ovl_layer;
struct ovl_path {
  const struct ovl_layer* layer;
  struct dentry* dentry;
};
struct ovl_entry {
  unsigned int __numlower;
  struct ovl_path __lowerstack[0];
};
struct ovl_inode {
  struct inode vfs_inode;
  struct dentry* __upperdentry;
  struct ovl_entry* oe;
};
struct ovl_inode___before_6_5 {
  struct ovl_path lowerpath;
};
struct ovl_inode___before_5_19 {
  struct inode* lower;
};

struct kernfs_node {
  __u64 id;
};
struct cgroup_root {
  int hierarchy_id;
};
struct cgroup;
struct cgroup_subsys_state {
  struct cgroup* cgroup;
  struct cgroup_subsys_state* parent;
};
struct cgroup {
  struct cgroup_subsys_state self;
  struct kernfs_node* kn;
  struct cgroup_root* root;
};
struct css_set {
  struct cgroup_subsys_state* subsys[16];
  struct cgroup* dfl_cgrp;
};
/* Values differ from kernel to kernel: read by bpf_core_enum_value(). */
enum cgroup_subsys_id {
  cpu_cgrp_id = 1,
  memory_cgrp_id = 4,
  devices_cgrp_id = 5,
  freezer_cgrp_id = 6,
  pids_cgrp_id = 11,
};

struct mnt_namespace {
  struct ns_common ns;
};
struct pid_namespace {
  struct ns_common ns;
};
struct net {
  struct ns_common ns;
};
struct nsproxy {
  struct mnt_namespace* mnt_ns;
  struct pid_namespace* pid_ns_for_children;
  struct net* net_ns;
};

struct task_struct {
  struct thread_info thread_info;
  unsigned int flags;
  int pid, tgid;
  struct task_struct *real_parent, *group_leader;
  __u64 start_boottime;
  int exit_code;
  char comm[16];
  const struct cred *real_cred, *cred;
  struct fs_struct* fs;
  struct files_struct* files;
  struct nsproxy* nsproxy;
  struct mm_struct* mm;
  struct css_set* cgroups;
};

/* Sockets and what they are to connect to. */
struct sock;
typedef enum { SS_UNCONNECTED = 1 } socket_state;
struct socket {
  socket_state state;
  short type;
  struct sock* sk;
};
struct sock_common {
  __be16 skc_dport;
  __u16 skc_family;
};
struct sock {
  struct sock_common __sk_common;
  __u16 sk_protocol;
};
struct sockaddr;
struct bpf_sock_addr_kern {
  struct sock* sk;
  struct sockaddr* uaddr;
  __u32 uaddrlen; /* since 6.7 (kernel commit fefba7d1ae19) */
};
struct msghdr {
  void* msg_name;
  int msg_namelen;
};
struct sk_buff {
  unsigned int len, data_len;
  int skb_iif;
  __be16 protocol;
  __u16 transport_header, network_header;
  unsigned char *head, *data;
};
struct sockaddr_un {
  __u16 sun_family;
  char sun_path[108];
};
struct unix_address {
  int len;
  struct sockaddr_un name[0];
};
struct unix_sock {
  struct sock sk;
  struct unix_address* addr;
  struct sock* peer;
};

struct seq_file;
struct bpf_iter_meta {
  struct seq_file* seq;
};
struct bpf_iter__task {
  struct bpf_iter_meta* meta;
  struct task_struct* task;
};

#pragma clang attribute pop

#endif
