/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets that are behaviour by being made: raw IP, packet and vsock. By the kernel's own function, which
 * io_uring passes too; or by the cgroup hook (raw IP) and the end of socket(2) (the others). */
#include "noticed.h"
#include "syscalls.h"

enum { PL_AF_INET = 2, PL_AF_INET6 = 10, PL_AF_PACKET = 17, PL_AF_VSOCK = 40 };
enum { PL_SOCK_RAW = 3, PL_SOCK_TYPE_MASK = 0xf };

static __noinline int made(struct pl_task* t, const struct pl_pending_call* call, __s64 result) {
  struct pl_watch w;
  if (!t || !call || !watch_begin(&w, bpf_get_current_task_btf(), t, PL_HOOK_SOCKET)) return 0;
  struct pl_key key;
  call_key(&key, &w, PL_SOCKET, call, result);
  result = known_result(&key, result);
  key.object.socket.family = (__u32)call->args[0];
  key.object.socket.type = (__u32)call->args[1] & PL_SOCK_TYPE_MASK;
  key.object.socket.protocol = (__u32)call->args[2];
  if (call->call == PL_CALL_NONE) key.outcome = PL_ATTEMPT;
  if (is_known(&w, &key)) return 0;
  struct pl_scratch* scratch = event_begin(&w, &key, NULL);
  if (!scratch) return 0;
  scratch->record.activity.result = result;
  cwd_add(&w, scratch);
  event_submit(&w, scratch, &key);
  return 0;
}

static __always_inline bool is_special(__u32 family) {
  return family == PL_AF_PACKET || family == PL_AF_VSOCK;
}

int socket_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result) {
  return t && call && is_special((__u32)call->args[0]) ? made(t, call, result) : 0;
}

/* For raw IP the attempt is the behaviour, whatever the way. */
static __always_inline int created(int family, int type, int protocol, bool raw, __s64 result) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  struct pl_pending_call call = {.args = {(__u32)family, (__u32)type, (__u32)protocol}};
  if (!raw) {
    call.call = PL_CALL_SOCKET;
    call.compat = is_compat(task);
  }
  made(t, &call, raw ? 0 : result);
  return 0;
}
SEC("fexit/__sock_create")
int BPF_PROG(call_sock_create, void* net, int family, int type, int protocol, void* out, int for_kernel,
             int result) {
  bool raw = (family == PL_AF_INET || family == PL_AF_INET6) && type == PL_SOCK_RAW;
  return for_kernel || (!raw && !is_special(family)) ? 0 : created(family, type, protocol, raw, result);
}
/* Raw IP has its cgroup hook. */
SEC("lsm/socket_create")
int BPF_PROG(lsm_sock_create, int family, int type, int protocol, int for_kernel) {
  return for_kernel || !is_special(family) ? 0 : created(family, type, protocol, false, PL_RESULT_UNKNOWN);
}

/* It must let every call pass: it returns 1 on each path. */
SEC("cgroup/sock_create")
int on_sock_create(struct bpf_sock* ctx) {
  if (ctx->type != PL_SOCK_RAW) return 1;
  struct pl_task* t = current_identity(bpf_get_current_task_btf());
  if (!t) return 1;
  notice_changes(t);
  struct pl_pending_call call = {.args = {ctx->family, ctx->type, ctx->protocol}};
  made(t, &call, 0);
  return 1;
}
