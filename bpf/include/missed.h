/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls that were made, but not seen whole. With kprobes the kernel follows a bounded number of callers of
 * one probed function at a time (twice the CPUs, ten at least), and of the calls beyond it only the entry is
 * seen: they are counted. */
#ifndef PLIMSOLL_MISSED_H
#define PLIMSOLL_MISSED_H

#include "identity.h"

static __always_inline __u32 hook_of_call(__u8 call) {
  if (call <= PL_CALL_SETGROUPS) return PL_HOOK_SETID;
  if (call == PL_CALL_CAPSET) return PL_HOOK_CAPSET;
  if (call <= PL_CALL_PIVOT_ROOT) return PL_HOOK_MOUNT;
  if (call <= PL_CALL_UNSHARE) return PL_HOOK_NS;
  return call == PL_CALL_CONNECT ? PL_HOOK_CONNECT : PL_HOOK_SOCKET;
}

static __always_inline void count_missed(__u32 hook, __u32 slot) {
  count_seen(hook);
  count_lost(hook, PL_LOST_MISSED, slot);
}

static __always_inline void connect_missed(struct pl_task* t) {
  if (t->pending.connecting) count_missed(PL_HOOK_CONNECT, t->slot);
  t->pending.connecting = 0;
}

/* The task is at the start of another call, or at its own end: a call that is still marked has ended unseen.
 */
static __always_inline void calls_missed(struct pl_task* t) {
  connect_missed(t);
  if (t->pending.entered) count_missed(hook_of_call(t->pending.entered), t->slot);
  t->pending.entered = PL_CALL_NONE;
}

#endif
