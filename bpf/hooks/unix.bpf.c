/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connects to AF_UNIX sockets, such as a runtime's: by the kernel's own functions for them, or at the end of
 * connect(2). */
#include "finish.h"
#include "syscalls.h"

enum { PL_AF_UNIX = 1, PL_SUN_PATH = 108 };

/* The file behind a descriptor, as a socket. */
static __always_inline struct sock* sock_of_fd(struct task_struct* task, __u32 fd) {
  struct file** table = BPF_CORE_READ(task, files, fdt, fd);
  struct file* file = NULL;
  if (fd >= BPF_CORE_READ(task, files, fdt, max_fds)) return NULL;
  bpf_probe_read_kernel(&file, sizeof(file), &table[fd]);
  struct socket* socket = BPF_CORE_READ(file, private_data);
  return BPF_CORE_READ(socket, sk);
}

/* After a connect that went through, the name under which the peer listens: another name for the socket's
 * file (a link, a bind mount) does not hide it. */
static __always_inline void peer_name(struct pl_scratch* scratch, struct unix_sock* own) {
  struct unix_sock* peer = (void*)BPF_CORE_READ(own, peer);
  struct unix_address* address = BPF_CORE_READ(peer, addr);
  if (!address) return;
  int length = BPF_CORE_READ(address, len) - 2;
  if (length <= 0 || length > PL_SUN_PATH) return;
  __builtin_memset(scratch->path.bytes, 0, PL_PATH);
  bpf_probe_read_kernel(scratch->path.bytes, length & 127, &address->name[0].sun_path);
}

/* `name`: the bytes behind the family, in the caller's memory or in the kernel's. */
static __always_inline void connected_in(struct pl_scratch* scratch, struct pl_watch* w,
                                         const struct pl_pending_call* call, struct sock* sk, void* name,
                                         bool callers, __u32 length, __s64 result) {
  struct pl_key* key = &scratch->key;
  call_key(key, w, PL_CONNECT, call, 0);
  key->outcome = PL_ATTEMPT;
  length = length < 3 ? 0 : length - 2 > PL_SUN_PATH ? PL_SUN_PATH : length - 2;
  __builtin_memset(scratch->path.bytes, 0, PL_PATH);
  if (callers ? bpf_probe_read_user(scratch->path.bytes, length & 127, name)
              : bpf_probe_read_kernel(scratch->path.bytes, length & 127, name))
    key->facts |= PL_FACT_UNREADABLE;
  if (result == 0) peer_name(scratch, (void*)sk);
  if (!scratch->path.bytes[0]) scratch->path.bytes[0] = '@'; /* abstract: shown as @name */
  __u32 bytes = text_length(&scratch->path);
  key->object.connect.family = PL_AF_UNIX;
  key->object.connect.path = text_hash_n(&scratch->path, bytes);
  if (is_known(w, key) || !event_begin(w, key, scratch)) return;
  scratch->record.activity.result = result;
  text_add(scratch, PL_TEXT_PATH, scratch->path.bytes, bytes);
  cwd_add(w, scratch);
  event_send(w, scratch, key);
}

static __always_inline int connected(struct pl_task* t, const struct pl_pending_call* call, struct sock* sk,
                                     void* name, bool callers, __u32 length, __s64 result) {
  struct pl_watch w;
  if (!watch_begin(&w, bpf_get_current_task_btf(), t, PL_HOOK_CONNECT)) return 0;
  struct pl_scratch* scratch = scratch_take();
  if (!scratch) {
    lose(&w, PL_LOST_NO_SCRATCH);
    return 0;
  }
  connected_in(scratch, &w, call, sk, name, callers, length, result);
  scratch_release(scratch);
  return 0;
}

int unix_connect_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result) {
  if (!t || !call) return 0;
  /* The family is the socket's own: what stands in user memory may have been changed since. */
  struct sock* sk = sock_of_fd(bpf_get_current_task_btf(), (__u32)call->args[0]);
  if (!sk || BPF_CORE_READ(sk, __sk_common.skc_family) != PL_AF_UNIX) return 0;
  return connected(t, call, sk, (void*)(call->args[1] + 2), true, (__u32)call->args[2], result);
}

/* The kernel's own functions behind connect(2) and io_uring's: with its own copy of the name, and no cost to
 * connects of other families. */
static __always_inline int sock_connected(struct sock* sk, __u64 address, __u32 length, __s64 result) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  struct pl_pending_call call = {.call = PL_CALL_CONNECT, .compat = is_compat(task)};
  return connected(t, &call, sk, (void*)(address + 2), false, length, (int)result);
}

static __always_inline int returned(struct socket* socket, __u64 address, int length, long result) {
  return sock_connected(BPF_CORE_READ(socket, sk), address, (__u32)length, result);
}
SEC("fexit/unix_stream_connect")
int BPF_PROG(call_unix_stream, struct socket* socket, __u64 address, int length, int flags, int result) {
  return returned(socket, address, length, result);
}
SEC("fexit/unix_dgram_connect")
int BPF_PROG(call_unix_dgram, struct socket* socket, __u64 address, int length, int flags, int result) {
  return returned(socket, address, length, result);
}

/* At the hook for security modules, before the connect: the name is the one that is asked for. */
SEC("lsm/socket_connect")
int BPF_PROG(lsm_unix_connect, struct socket* socket, __u64 address, int length) {
  struct sock* sk = socket->sk;
  if (sk && sk->__sk_common.skc_family == PL_AF_UNIX)
    sock_connected(sk, address, (__u32)length, -PL_EINPROGRESS);
  return 0;
}

/* For the kprobes, which have stored the arguments at the entry. */
int unix_returned(__u64 socket, __u64 address, __u32 length, __s64 result) {
  return returned((void*)socket, address, (int)length, result);
}

/* For the way by capabilities. */
int unix_connected(__u64 sock, __u64 address, __u32 length, __s64 result) {
  return sock_connected((void*)sock, address, length, result);
}

int unix_has_peer(__u64 sock) {
  return BPF_CORE_READ((struct unix_sock*)sock, peer) != NULL;
}
