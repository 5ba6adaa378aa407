/* Destinations: IPv4 and IPv6 by the cgroup hooks of sockets, which see io_uring, TCP fast open and
 * unconnected UDP as well; AF_UNIX, packet and vsock by their system calls; raw IP where the socket is made.
 */
#include "finish.h"
#include "syscalls.h"

enum { PL_AF_UNIX = 1, PL_AF_INET = 2, PL_AF_INET6 = 10, PL_AF_PACKET = 17, PL_AF_VSOCK = 40 };
enum { PL_SOCK_RAW = 3, PL_SOCK_TYPE_MASK = 0xf };

static __always_inline __u16 port_of(__u32 user_port) {
  return __builtin_bswap16((__u16)user_port);
}

/* For connect the attempt is the behaviour. These programs must let every call pass: they return 1 on each
 * path. */
static __noinline int connected(const struct pl_connect_key* to) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = current_identity(task);
  if (!t || !to) return 0;
  __u64 now = bpf_ktime_get_ns();
  struct pl_key key;
  __builtin_memset(&key, 0, sizeof(key));
  if (!key_begin(&key, t, PL_CONNECT, now)) return 0;
  key.outcome = PL_ATTEMPT;
  key.object.connect = *to;
  struct pl_activity* e = emit_begin(PL_HOOK_CONNECT, &key, t, task, now);
  if (e) emit_submit(e);
  return 0;
}

static __always_inline void set_ip4(struct pl_connect_key* to, __u32 ip4) {
  __builtin_memset(to->address, 0, 10);
  to->address[10] = 0xff;
  to->address[11] = 0xff;
  __builtin_memcpy(&to->address[12], &ip4, 4);
  to->family = PL_AF_INET;
}

static __always_inline int connect4(struct bpf_sock_addr* ctx) {
  struct pl_connect_key to = {.port = port_of(ctx->user_port), .protocol = ctx->protocol};
  set_ip4(&to, ctx->user_ip4);
  connected(&to);
  return 1;
}

static __always_inline int connect6(struct bpf_sock_addr* ctx) {
  struct pl_connect_key to = {.port = port_of(ctx->user_port), .protocol = ctx->protocol};
  __u32 ip[4] = {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]};
  to.family = PL_AF_INET6;
  if (!ip[0] && !ip[1] && ip[2] == 0xffff0000) /* ::ffff:a.b.c.d, network order */
    set_ip4(&to, ip[3]);
  else
    __builtin_memcpy(to.address, ip, 16);
  connected(&to);
  return 1;
}

SEC("cgroup/connect4")
int on_connect4(struct bpf_sock_addr* ctx) {
  return connect4(ctx);
}
SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr* ctx) {
  return connect4(ctx);
}
SEC("cgroup/connect6")
int on_connect6(struct bpf_sock_addr* ctx) {
  return connect6(ctx);
}
SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr* ctx) {
  return connect6(ctx);
}

static __noinline int made_socket(__u32 family, __u32 type, __u32 protocol) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  __u64 now = bpf_ktime_get_ns();
  struct pl_key key;
  __builtin_memset(&key, 0, sizeof(key));
  if (!key_begin(&key, t, PL_SOCKET, now)) return 0;
  key.outcome = PL_ATTEMPT;
  key.object.socket.family = family;
  key.object.socket.type = type;
  key.object.socket.protocol = protocol;
  struct pl_activity* e = emit_begin(PL_HOOK_SOCKET, &key, t, task, now);
  if (e) emit_submit(e);
  return 0;
}

SEC("cgroup/sock_create")
int on_sock_create(struct bpf_sock* ctx) {
  if (ctx->type == PL_SOCK_RAW) made_socket(ctx->family, ctx->type, ctx->protocol);
  return 1;
}

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
static __always_inline int peer_name(struct pl_scratch* s, struct unix_sock* own) {
  if (!s) return -1;
  struct unix_sock* peer = (void*)BPF_CORE_READ(own, peer);
  struct unix_address* address = BPF_CORE_READ(peer, addr);
  if (!address) return -1;
  int length = BPF_CORE_READ(address, len) - 2;
  if (length <= 0 || length > 108) return -1;
  __builtin_memset(s->path.bytes, 0, PL_PATH);
  bpf_probe_read_kernel(s->path.bytes, length & 127, &address->name[0].sun_path);
  return length;
}

/* `name`: the bytes behind the family, in the caller's memory or in the kernel's. */
static __always_inline int unix_connected(struct sock* sk, void* name, bool callers, __u32 length,
                                          __s64 result) {
  struct pl_finish f;
  if (!finish_begin(&f, PL_HOOK_CONNECT)) return 0;
  struct pl_key* key = finish_key(&f, PL_CONNECT, 0);
  if (!key || length < 3) return 0;
  length = length - 2 > 108 ? 108 : length - 2;
  key->outcome = PL_ATTEMPT;
  __builtin_memset(f.s->path.bytes, 0, PL_PATH);
  if (callers ? bpf_probe_read_user(f.s->path.bytes, length & 127, name)
              : bpf_probe_read_kernel(f.s->path.bytes, length & 127, name))
    key->facts |= PL_FACT_UNREADABLE;
  if (result == 0) peer_name(f.s, (void*)sk);
  if (!f.s->path.bytes[0]) { /* abstract: shown as @name */
    f.s->path.bytes[0] = '@';
  }
  key->object.connect.family = PL_AF_UNIX;
  key->object.connect.path = text_hash(&f.s->path);
  struct pl_activity* e = finish_emit(&f, PL_HOOK_CONNECT, result);
  if (!e) return 0;
  __builtin_memcpy(e->path, f.s->path.bytes, PL_PATH);
  emit_submit(e);
  return 0;
}

int unix_connect_finish(__s64 result) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = task_find(task);
  /* The family is the socket's own: what stands in user memory may have been changed since. */
  struct sock* sk = t ? sock_of_fd(task, (__u32)t->pending.args[0]) : NULL;
  if (!sk || BPF_CORE_READ(sk, __sk_common.skc_family) != PL_AF_UNIX) return 0;
  return unix_connected(sk, (void*)(t->pending.args[1] + 2), true, (__u32)t->pending.args[2], result);
}

/* The kernel's own functions behind connect(2) and io_uring's: with its own copy of the name, and no cost to
 * connects of other families. */
static __always_inline int unix_connect_returned(struct socket* socket, __u64 address, int length,
                                                 long result) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  t->pending.call = PL_CALL_CONNECT;
  t->pending.compat = is_compat(task);
  unix_connected(BPF_CORE_READ(socket, sk), (void*)(address + 2), false, (__u32)length, (int)result);
  t->pending.call = PL_CALL_NONE;
  return 0;
}
SEC("fexit/unix_stream_connect")
int BPF_PROG(call_unix_stream, struct socket* socket, __u64 address, int length, int flags, int result) {
  return unix_connect_returned(socket, address, length, result);
}
SEC("fexit/unix_dgram_connect")
int BPF_PROG(call_unix_dgram, struct socket* socket, __u64 address, int length, int flags, int result) {
  return unix_connect_returned(socket, address, length, result);
}

int unix_returned(__u64 socket, __u64 address, __u32 length, __s64 result) {
  return unix_connect_returned((void*)socket, address, (int)length, result);
}

int socket_finish(__s64 result) {
  struct pl_task* t = task_find(bpf_get_current_task_btf());
  __u32 family = t ? (__u32)t->pending.args[0] : 0;
  if (family != PL_AF_PACKET && family != PL_AF_VSOCK) return 0;
  struct pl_finish f;
  if (!finish_begin(&f, PL_HOOK_SOCKET)) return 0;
  struct pl_key* key = finish_key(&f, PL_SOCKET, result);
  if (!key) return 0;
  key->object.socket.family = family;
  key->object.socket.type = (__u32)f.t->pending.args[1] & PL_SOCK_TYPE_MASK;
  key->object.socket.protocol = (__u32)f.t->pending.args[2];
  struct pl_activity* e = finish_emit(&f, PL_HOOK_SOCKET, result);
  if (e) emit_submit(e);
  return 0;
}
