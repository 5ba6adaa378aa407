/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System call numbers -> enum pl_call, for 64-bit and 32-bit callers; and the arguments' registers. */
#ifndef PLIMSOLL_SYSCALLS_H
#define PLIMSOLL_SYSCALLS_H

#include "maps.h"

enum { PL_SYSCALL_NUMBERS = 512 };

/* The new calls have one number everywhere (kernel: scripts/syscall.tbl and the tables of x86 and arm64). */
#define PL_COMMON_CALLS                                                                                    \
  [428] = PL_CALL_OPEN_TREE, [429] = PL_CALL_MOVE_MOUNT, [430] = PL_CALL_FSOPEN, [431] = PL_CALL_FSCONFIG, \
  [432] = PL_CALL_FSMOUNT, [442] = PL_CALL_MOUNT_SETATTR, [467] = PL_CALL_OPEN_TREE

#if defined(__TARGET_ARCH_x86)
static const __u8 calls64[PL_SYSCALL_NUMBERS] = {
    PL_COMMON_CALLS,           [41] = PL_CALL_SOCKET,      [42] = PL_CALL_CONNECT,
    [105] = PL_CALL_SETUID,    [106] = PL_CALL_SETGID,     [113] = PL_CALL_SETREUID,
    [114] = PL_CALL_SETREGID,  [116] = PL_CALL_SETGROUPS,  [117] = PL_CALL_SETRESUID,
    [119] = PL_CALL_SETRESGID, [122] = PL_CALL_SETFSUID,   [123] = PL_CALL_SETFSGID,
    [126] = PL_CALL_CAPSET,    [155] = PL_CALL_PIVOT_ROOT, [165] = PL_CALL_MOUNT,
    [166] = PL_CALL_UMOUNT,    [272] = PL_CALL_UNSHARE,    [308] = PL_CALL_SETNS,
};
static const __u8 calls32[PL_SYSCALL_NUMBERS] = {
    PL_COMMON_CALLS,
    [21] = PL_CALL_MOUNT,
    [22] = PL_CALL_UMOUNT,
    [23] = PL_CALL_SETUID,
    [46] = PL_CALL_SETGID,
    [52] = PL_CALL_UMOUNT,
    [70] = PL_CALL_SETREUID,
    [71] = PL_CALL_SETREGID,
    [81] = PL_CALL_SETGROUPS,
    [102] = PL_CALL_SOCKETCALL,
    [138] = PL_CALL_SETFSUID,
    [139] = PL_CALL_SETFSGID,
    [164] = PL_CALL_SETRESUID,
    [170] = PL_CALL_SETRESGID,
    [185] = PL_CALL_CAPSET,
    [203] = PL_CALL_SETREUID,
    [204] = PL_CALL_SETREGID,
    [206] = PL_CALL_SETGROUPS,
    [208] = PL_CALL_SETRESUID,
    [210] = PL_CALL_SETRESGID,
    [213] = PL_CALL_SETUID,
    [214] = PL_CALL_SETGID,
    [215] = PL_CALL_SETFSUID,
    [216] = PL_CALL_SETFSGID,
    [217] = PL_CALL_PIVOT_ROOT,
    [310] = PL_CALL_UNSHARE,
    [346] = PL_CALL_SETNS,
    [359] = PL_CALL_SOCKET,
    [362] = PL_CALL_CONNECT,
};
#else
static const __u8 calls64[PL_SYSCALL_NUMBERS] = {
    PL_COMMON_CALLS,          [39] = PL_CALL_UMOUNT,    [40] = PL_CALL_MOUNT,      [41] = PL_CALL_PIVOT_ROOT,
    [91] = PL_CALL_CAPSET,    [97] = PL_CALL_UNSHARE,   [143] = PL_CALL_SETREGID,  [144] = PL_CALL_SETGID,
    [145] = PL_CALL_SETREUID, [146] = PL_CALL_SETUID,   [147] = PL_CALL_SETRESUID, [149] = PL_CALL_SETRESGID,
    [151] = PL_CALL_SETFSUID, [152] = PL_CALL_SETFSGID, [159] = PL_CALL_SETGROUPS, [198] = PL_CALL_SOCKET,
    [203] = PL_CALL_CONNECT,  [268] = PL_CALL_SETNS,
};
static const __u8 calls32[PL_SYSCALL_NUMBERS] = {
    PL_COMMON_CALLS,           [21] = PL_CALL_MOUNT,       [23] = PL_CALL_SETUID,
    [46] = PL_CALL_SETGID,     [52] = PL_CALL_UMOUNT,      [70] = PL_CALL_SETREUID,
    [71] = PL_CALL_SETREGID,   [81] = PL_CALL_SETGROUPS,   [138] = PL_CALL_SETFSUID,
    [139] = PL_CALL_SETFSGID,  [164] = PL_CALL_SETRESUID,  [170] = PL_CALL_SETRESGID,
    [185] = PL_CALL_CAPSET,    [203] = PL_CALL_SETREUID,   [204] = PL_CALL_SETREGID,
    [206] = PL_CALL_SETGROUPS, [208] = PL_CALL_SETRESUID,  [210] = PL_CALL_SETRESGID,
    [213] = PL_CALL_SETUID,    [214] = PL_CALL_SETGID,     [215] = PL_CALL_SETFSUID,
    [216] = PL_CALL_SETFSGID,  [218] = PL_CALL_PIVOT_ROOT, [281] = PL_CALL_SOCKET,
    [283] = PL_CALL_CONNECT,   [337] = PL_CALL_UNSHARE,    [375] = PL_CALL_SETNS,
};
#endif

/* x32 numbers carry this bit over the 64-bit ones. */
#define PL_X32_BIT 0x40000000

static __always_inline bool is_compat(struct task_struct* task) {
#if defined(__TARGET_ARCH_x86)
  return task->thread_info.status & 2; /* TS_COMPAT */
#else
  return task->thread_info.flags & (1 << 22); /* TIF_32BIT */
#endif
}

static __always_inline __u8 call_of(struct task_struct* task, long number) {
  __u64 n = (__u64)number & ~(__u64)PL_X32_BIT;
  if (n >= PL_SYSCALL_NUMBERS) return PL_CALL_NONE;
  __u8 native = calls64[n];
  __u8 compat = calls32[n];
  if (!(native | compat)) return PL_CALL_NONE; /* the common case, without looking at the task */
  return is_compat(task) ? compat : native;
}

static __always_inline long call_number(struct pt_regs* regs) {
#if defined(__TARGET_ARCH_x86)
  return (long)regs->orig_ax;
#else
  return regs->syscallno;
#endif
}

/* At a kernel function's entry its first three arguments; at its end, its result. */
static __always_inline void function_arguments(const struct pt_regs* ctx, __u64 args[3]) {
#if defined(__TARGET_ARCH_x86)
  args[0] = ctx->di;
  args[1] = ctx->si;
  args[2] = ctx->dx;
#else
  for (int i = 0; i < 3; i++) args[i] = ctx->regs[i];
#endif
}
static __always_inline long function_result(const struct pt_regs* ctx) {
#if defined(__TARGET_ARCH_x86)
  return (long)ctx->ax;
#else
  return (long)ctx->regs[0];
#endif
}

static __always_inline void call_arguments(const struct pt_regs* regs, bool compat, __u64 args[6]) {
#if defined(__TARGET_ARCH_x86)
  if (compat) {
    args[0] = (__u32)regs->bx;
    args[1] = (__u32)regs->cx;
    args[2] = (__u32)regs->dx;
    args[3] = (__u32)regs->si;
    args[4] = (__u32)regs->di;
    args[5] = (__u32)regs->bp;
    return;
  }
  args[0] = regs->di;
  args[1] = regs->si;
  args[2] = regs->dx;
  args[3] = regs->r10;
  args[4] = regs->r8;
  args[5] = regs->r9;
#else
  args[0] = regs->orig_x0;
  for (int i = 1; i < 6; i++) args[i] = regs->regs[i];
  if (compat)
    for (int i = 0; i < 6; i++) args[i] = (__u32)args[i];
#endif
}

#endif
