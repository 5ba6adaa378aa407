/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's own functions behind the watched system calls: the one list, for the programs at their ends
 * (hooks/syscalls_fexit.bpf.c) and for the agent, which attaches the kprobes
 * (agent/sensor/attach/attach.cpp). Which of them a kernel has is found out there. */
#ifndef PLIMSOLL_CALL_FUNCTIONS_H
#define PLIMSOLL_CALL_FUNCTIONS_H

/* Who calls a function: 64-bit programs, 32-bit ones, or, where these come the same way, either. */
enum pl_callers { PL_64, PL_32, PL_EITHER };

/* X(program, function, callers, call) for the 64-bit calls, and for those that only 32-bit callers make. */
#if defined(__TARGET_ARCH_x86) || defined(__x86_64__)
#define PL_FUNCTION(X, name, call) X(name, "__x64_sys_" #name, PL_64, call) PL_FUNCTION_32(X, name, call)
#define PL_FUNCTION_32(X, name, call) X(name##_32, "__ia32_sys_" #name, PL_32, call)
#define PL_FUNCTION_COMPAT(X, name, call) X(name##_32, "__ia32_compat_sys_" #name, PL_32, call)
#else /* arm64: 32-bit callers come through the same functions, and have no socketcall(2) */
#define PL_FUNCTION(X, name, call) X(name, "__arm64_sys_" #name, PL_EITHER, call)
#define PL_FUNCTION_32(X, name, call) X(name##_32, "__arm64_sys_" #name, PL_EITHER, call)
#define PL_FUNCTION_COMPAT(X, name, call)
#endif

#define PL_CALL_FUNCTIONS(X)                           \
  PL_FUNCTION(X, setuid, PL_CALL_SETUID)               \
  PL_FUNCTION(X, setgid, PL_CALL_SETGID)               \
  PL_FUNCTION(X, setreuid, PL_CALL_SETREUID)           \
  PL_FUNCTION(X, setregid, PL_CALL_SETREGID)           \
  PL_FUNCTION(X, setresuid, PL_CALL_SETRESUID)         \
  PL_FUNCTION(X, setresgid, PL_CALL_SETRESGID)         \
  PL_FUNCTION(X, setfsuid, PL_CALL_SETFSUID)           \
  PL_FUNCTION(X, setfsgid, PL_CALL_SETFSGID)           \
  PL_FUNCTION(X, setgroups, PL_CALL_SETGROUPS)         \
  PL_FUNCTION_32(X, setuid16, PL_CALL_SETUID)          \
  PL_FUNCTION_32(X, setgid16, PL_CALL_SETGID)          \
  PL_FUNCTION_32(X, setreuid16, PL_CALL_SETREUID)      \
  PL_FUNCTION_32(X, setregid16, PL_CALL_SETREGID)      \
  PL_FUNCTION_32(X, setresuid16, PL_CALL_SETRESUID)    \
  PL_FUNCTION_32(X, setresgid16, PL_CALL_SETRESGID)    \
  PL_FUNCTION_32(X, setfsuid16, PL_CALL_SETFSUID)      \
  PL_FUNCTION_32(X, setfsgid16, PL_CALL_SETFSGID)      \
  PL_FUNCTION_32(X, setgroups16, PL_CALL_SETGROUPS)    \
  PL_FUNCTION(X, capset, PL_CALL_CAPSET)               \
  PL_FUNCTION(X, mount, PL_CALL_MOUNT)                 \
  PL_FUNCTION(X, umount, PL_CALL_UMOUNT)               \
  PL_FUNCTION_32(X, oldumount, PL_CALL_UMOUNT)         \
  PL_FUNCTION(X, fsopen, PL_CALL_FSOPEN)               \
  PL_FUNCTION(X, fsconfig, PL_CALL_FSCONFIG)           \
  PL_FUNCTION(X, fsmount, PL_CALL_FSMOUNT)             \
  PL_FUNCTION(X, open_tree, PL_CALL_OPEN_TREE)         \
  PL_FUNCTION(X, open_tree_attr, PL_CALL_OPEN_TREE)    \
  PL_FUNCTION(X, move_mount, PL_CALL_MOVE_MOUNT)       \
  PL_FUNCTION(X, mount_setattr, PL_CALL_MOUNT_SETATTR) \
  PL_FUNCTION(X, pivot_root, PL_CALL_PIVOT_ROOT)       \
  PL_FUNCTION(X, setns, PL_CALL_SETNS)                 \
  PL_FUNCTION(X, unshare, PL_CALL_UNSHARE)

/* Fexit sees sockets where they are made. */
#define PL_SOCKET_FUNCTIONS(X)           \
  PL_FUNCTION(X, socket, PL_CALL_SOCKET) \
  PL_FUNCTION_COMPAT(X, socketcall, PL_CALL_SOCKETCALL) /* socket(2) only: connects are seen below it */

#endif
