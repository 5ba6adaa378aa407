/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls by the capability that they ask for, and unix connects by their cgroup hook: for kernels that
 * refuse better ways. Calls that ask for none cost nothing. The result of a call is read by a task work,
 * which the task runs when it returns to user space. Both are in one file because the linker takes the
 * kernel's function for it from one only. */
#include "calls.h"
#include "noticed.h"

enum { PL_EBUSY = 16, PL_SOCKETCALL_SOCKET = 1, PL_SUN_BYTES = 110 };

/* The kernel knows this type by its name, and knows a work by the value of a map that it lies in. */
struct bpf_task_work {
  __u64 __opaque;
} __attribute__((aligned(8)));
struct bpf_map {
  __u32 id;
};
/* 0; -EBUSY when it is to be run already; or another error. Since 6.18. */
extern int bpf_task_work_schedule_resume_impl(struct task_struct* task, struct bpf_task_work* work, void* map,
                                              int (*callback)(struct bpf_map*, void*, void*),
                                              void* program) __ksym __weak;

extern void* bpf_cast_to_kern_ctx(void* ctx) __ksym __weak;

/* The thread's element of such a map, which has its address for a key; NULL when there is no room for it. */
static __always_inline void* work_of(struct task_struct* task, void* map, const void* blank) {
  __u64 address = (__u64)task;
  void* work = bpf_map_lookup_elem(map, &address);
  if (work) return work;
  bpf_map_update_elem(map, &address, blank, BPF_NOEXIST);
  return bpf_map_lookup_elem(map, &address);
}

/* What the watched calls ask for. */
#define PL_BIT(capability) (1ULL << (capability))
enum { PL_SETGID = 6, PL_SETUID = 7, PL_SETPCAP = 8, PL_NET_RAW = 13, PL_SYS_ADMIN = 21 };
static const __u64 asked_for =
    PL_BIT(PL_SETGID) | PL_BIT(PL_SETUID) | PL_BIT(PL_SETPCAP) | PL_BIT(PL_NET_RAW) | PL_BIT(PL_SYS_ADMIN);

/* By the thread's address; the call that is under way lies with the task. */
struct pl_call_work {
  struct bpf_task_work work;
};
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536); /* set at load */
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u64);
  __type(value, struct pl_call_work);
} call_works SEC(".maps");

static int call_returns(struct bpf_map* map, void* key, void* value) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = task_find(task);
  if (!t) return 0;
  __u8 call = t->pending.entered;
  t->pending.entered = PL_CALL_NONE;
  struct pt_regs* regs = (void*)bpf_task_pt_regs(task);
  if (call && t->slot) call_end(t, &t->pending, call, function_result(regs), false);
  return 0;
}

/* Is it a call that is watched, and that asks for a capability where it is behaviour? */
static __always_inline bool is_told(struct task_struct* task, const struct pt_regs* regs, __u8 call) {
  if (call == PL_CALL_NONE || call == PL_CALL_CONNECT || call == PL_CALL_FSCONFIG) return false;
  if (call != PL_CALL_SOCKETCALL) return true;
  __u64 args[6];
  call_arguments(regs, is_compat(task), args);
  return args[0] == PL_SOCKETCALL_SOCKET;
}

/* It is run at each mmap and brk too, which ask for SYS_ADMIN: so the capability, then the call's number. */
SEC("tp_btf/cap_capable")
int BPF_PROG(capable_asked, const struct cred* cred, struct user_namespace* target,
             const struct user_namespace* where, int capability, int result) {
  static const struct pl_call_work blank;
  if (!(asked_for >> (capability & 63) & 1)) return 0;
  struct task_struct* task = bpf_get_current_task_btf();
  struct pt_regs* regs = (void*)bpf_task_pt_regs(task);
  __u8 call = call_of(task, call_number(regs));
  if (!is_told(task, regs, call)) return 0;
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  struct pl_call_work* work = work_of(task, &call_works, &blank);
  long error =
      work ? bpf_task_work_schedule_resume_impl(task, &work->work, &call_works, call_returns, NULL) : -1;
  if (error == -PL_EBUSY) return 0; /* a call may ask several times */
  notice_changes(t);
  calls_missed(t); /* a call that is still marked has ended, and its work was not run */
  if (error) {
    count_missed(hook_of_call(call), t->slot);
    return 0;
  }
  call_begin(task, &t->pending, regs, call);
  t->pending.entered = call;
  return 0;
}

/* A unix connect that is under way, with the kernel's copy of the name: the hook comes before the connect,
 * and the name of the peer is known only after it. */
struct pl_unix_work {
  struct bpf_task_work work;
  __u64 sock; /* the one that is under way; 0: none */
  __u32 bytes;
  char address[PL_SUN_BYTES + 2];
  __u32 zero;
};
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536); /* set at load */
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u64);
  __type(value, struct pl_unix_work);
} unix_works SEC(".maps");

/* A connect through io_uring is not the call that the task is in. */
static __always_inline __s64 result_of(struct task_struct* task, __u64 sock) {
  struct pt_regs* regs = (void*)bpf_task_pt_regs(task);
  __u8 call = call_of(task, call_number(regs));
  if (call == PL_CALL_CONNECT || call == PL_CALL_SOCKETCALL) return (int)function_result(regs);
  return unix_has_peer(sock) ? 0 : -PL_EINPROGRESS;
}

static int connect_returns(struct bpf_map* map, void* key, void* value) {
  struct pl_unix_work* work = value;
  __u64 sock = work->sock;
  work->sock = 0;
  if (sock)
    unix_connected(sock, as_number(work->address), work->bytes, result_of(bpf_get_current_task_btf(), sock));
  return 0;
}

/* True: it will be reported. */
static __always_inline bool tell_at_return(struct task_struct* task, const struct bpf_sock_addr_kern* to) {
  static const struct pl_unix_work blank;
  struct pl_unix_work* work = work_of(task, &unix_works, &blank);
  if (!work || bpf_task_work_schedule_resume_impl(task, &work->work, &unix_works, connect_returns, NULL))
    return false;
  __u32 bytes = to->uaddrlen;
  if (bytes > PL_SUN_BYTES) bytes = PL_SUN_BYTES;
  __builtin_memset(work->address, 0, sizeof(work->address));
  bpf_probe_read_kernel(work->address, bytes, to->uaddr);
  work->bytes = bytes;
  work->sock = as_number(to->sk);
  return true;
}

/* It returns 1 on each path: anything else would refuse the connect. */
SEC("cgroup/connect_unix")
int on_connect_unix(struct bpf_sock_addr* ctx) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct pl_task* t = current_identity(task);
  if (!t) return 1;
  notice_changes(t);
  struct bpf_sock_addr_kern* to = bpf_cast_to_kern_ctx(ctx);
  /* io_uring makes several in one call: then the name that was asked for has to do. */
  if (!tell_at_return(task, to))
    unix_connected(as_number(to->sk), as_number(to->uaddr), to->uaddrlen, -PL_EINPROGRESS);
  return 1;
}

/* The old credentials are there still. */
SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(capable_exec, struct task_struct* task) {
  struct pl_task* t = current_identity(task);
  if (t) notice_changes(t);
  return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(capable_exit, struct task_struct* task) {
  struct pl_task* t = task_find(task);
  __u64 address = (__u64)task;
  if (!t) return 0;
  if (t->slot) {
    if (current_identity(task)) notice_changes(t); /* not of one that is held back */
    struct pl_unix_work* work = bpf_map_lookup_elem(&unix_works, &address);
    if (work && work->sock) count_missed(PL_HOOK_CONNECT, t->slot);
  }
  bpf_map_delete_elem(&call_works, &address);
  bpf_map_delete_elem(&unix_works, &address);
  return 0;
}
