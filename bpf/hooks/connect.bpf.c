/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Destinations of IPv4 and IPv6: connects, TCP fast open and what UDP sends without a connection, by the
 * kernel's own functions or by the cgroup hooks of sockets. Both see io_uring too, and read the kernel's copy
 * of the address. For connect the attempt is the behaviour. */
#include "noticed.h"
#include "queries.h"

enum { PL_AF_UNSPEC = 0, PL_AF_INET = 2, PL_AF_INET6 = 10 };

/* struct sockaddr_in or sockaddr_in6, as far as it matters. */
struct pl_sockaddr {
  __u16 family;
  __u16 port; /* network order */
  __u32 ip4;
  __u32 ip6[4];
};
enum { PL_SOCKADDR_IN = 16 };

static __noinline int connected(const struct pl_connect_key* to, struct pl_task* t) {
  struct pl_watch w;
  if (!to || !t || !watch_begin(&w, bpf_get_current_task_btf(), t, PL_HOOK_CONNECT)) return 0;
  struct pl_key key;
  key_begin(&key, &w, PL_CONNECT);
  key.outcome = PL_ATTEMPT;
  key.object.connect = *to;
  if (is_known(&w, &key)) return 0;
  struct pl_scratch* scratch = event_begin(&w, &key, NULL);
  if (scratch) event_submit(&w, scratch, &key);
  return 0;
}

static __always_inline void set_ip4(struct pl_connect_key* to, __u32 ip4) {
  __builtin_memset(to->address, 0, 10);
  to->address[10] = 0xff;
  to->address[11] = 0xff;
  __builtin_memcpy(&to->address[12], &ip4, 4);
  to->family = PL_AF_INET;
}

static __always_inline bool is_mapped(const __u32 ip[4]) { /* ::ffff:a.b.c.d, network order */
  return !ip[0] && !ip[1] && ip[2] == __builtin_bswap32(0xffff);
}

static __always_inline void set_ip6(struct pl_connect_key* to, const __u32 ip[4]) {
  to->family = PL_AF_INET6;
  if (is_mapped(ip))
    set_ip4(to, ip[3]);
  else
    __builtin_memcpy(to->address, ip, 16);
}

static __always_inline int connects(struct pl_task* t, const struct sock* sk, __u16 port,
                                    struct pl_connect_key* to) {
  to->port = __builtin_bswap16(port);
  to->protocol = sk->sk_protocol;
  return connected(to, t);
}

/* At the kernel's own functions. Too short an address is refused there (EINVAL), and AF_UNSPEC takes a
 * connection back. `flat`: IPv6 addresses that hold IPv4 ones come here again as those. */
static __always_inline int connects6(struct pl_task* t, const struct sock* sk, const void* address,
                                     int length, bool flat) {
  struct pl_sockaddr a;
  struct pl_connect_key to;
  if (length < (int)sizeof(a) || bpf_probe_read_kernel(&a, sizeof(a), address)) return 0;
  if (flat && is_mapped(a.ip6)) return 0;
  __builtin_memset(&to, 0, sizeof(to));
  set_ip6(&to, a.ip6);
  return connects(t, sk, a.port, &to);
}

static __always_inline int connects_to(struct socket* socket, const struct pl_sockaddr* address, int length) {
  struct pl_task* t = current_identity(bpf_get_current_task_btf());
  if (!t || length < PL_SOCKADDR_IN) return 0;
  if (address->family == PL_AF_INET6) return connects6(t, socket->sk, address, length, false);
  if (address->family != PL_AF_INET) return 0;
  struct pl_connect_key to;
  __builtin_memset(&to, 0, sizeof(to));
  set_ip4(&to, address->ip4);
  return connects(t, socket->sk, address->port, &to);
}

static __always_inline int sends_to(struct sock* sk, const void* address, int length, bool flat) {
  struct pl_task* t = current_identity(bpf_get_current_task_btf());
  __u64 a = 0; /* family, port, IPv4 */
  if (!t || length < PL_SOCKADDR_IN || bpf_probe_read_kernel(&a, sizeof(a), address)) return 0;
  if ((__u16)a == PL_AF_INET6) return connects6(t, sk, address, length, flat);
  if (flat || ((__u16)a != PL_AF_INET && (__u16)a != PL_AF_UNSPEC)) return 0;
  struct pl_connect_key to;
  __builtin_memset(&to, 0, sizeof(to));
  set_ip4(&to, a >> 32);
  return connects(t, sk, (__u16)(a >> 16), &to);
}

SEC("fentry/__inet_stream_connect")
int BPF_PROG(call_stream_connect, struct socket* socket, const struct pl_sockaddr* address, int length) {
  /* Else it asks how its connect is getting on. */
  return socket->state == SS_UNCONNECTED ? connects_to(socket, address, length) : 0;
}
SEC("fentry/inet_dgram_connect")
int BPF_PROG(call_dgram_connect, struct socket* socket, const struct pl_sockaddr* address, int length) {
  return connects_to(socket, address, length);
}
SEC("fentry/udp_sendmsg")
int BPF_PROG(call_udp_send, struct sock* sk, struct msghdr* message) {
  return message->msg_name ? sends_to(sk, message->msg_name, message->msg_namelen, false) : 0;
}
SEC("fentry/udpv6_sendmsg")
int BPF_PROG(call_udp6_send, struct sock* sk, struct msghdr* message) {
  return message->msg_name ? sends_to(sk, message->msg_name, message->msg_namelen, true) : 0;
}

/* These programs must let every call pass: they return 1 on each path. */
static __always_inline int connect4(struct bpf_sock_addr* ctx) {
  struct pl_task* t = current_identity(bpf_get_current_task_btf());
  if (!t) return 1;
  notice_changes(t);
  struct pl_connect_key to = {.port = __builtin_bswap16((__u16)ctx->user_port), .protocol = ctx->protocol};
  if (to.port == PL_DNS_PORT) note_query(bpf_get_socket_cookie(ctx), t->slot);
  set_ip4(&to, ctx->user_ip4);
  connected(&to, t);
  return 1;
}

static __always_inline int connect6(struct bpf_sock_addr* ctx) {
  struct pl_task* t = current_identity(bpf_get_current_task_btf());
  if (!t) return 1;
  notice_changes(t);
  struct pl_connect_key to = {.port = __builtin_bswap16((__u16)ctx->user_port), .protocol = ctx->protocol};
  if (to.port == PL_DNS_PORT) note_query(bpf_get_socket_cookie(ctx), t->slot);
  __u32 ip[4] = {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]};
  set_ip6(&to, ip);
  connected(&to, t);
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
