/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Changes of user and group ids and of capabilities: what the task's credentials were, and what they are now;
 * the arguments are only looked at when the call failed. */
#ifndef PLIMSOLL_CREDS_H
#define PLIMSOLL_CREDS_H

#include "finish.h"

static __always_inline bool is_uid_call(__u8 call) {
  return call == PL_CALL_SETUID || call == PL_CALL_SETREUID || call == PL_CALL_SETRESUID ||
         call == PL_CALL_SETFSUID;
}

/* Two at a time. */
static __always_inline void ids_before(const struct pl_creds* c, bool uid, __u64 out[2]) {
  const __u64* ids = (const void*)(uid ? &c->uid : &c->gid);
  out[0] = ids[0];
  out[1] = ids[1];
}

static __always_inline void ids_now(const struct cred* c, bool uid, __u32 out[4]) {
  out[0] = uid ? c->uid.val : c->gid.val;
  out[1] = uid ? c->euid.val : c->egid.val;
  out[2] = uid ? c->suid.val : c->sgid.val;
  out[3] = uid ? c->fsuid.val : c->fsgid.val;
}

/* setfsuid and setfsgid answer with the previous id, never with an error: whether they failed shows in the
 * id that they leave. */
static __always_inline __s64 fs_call_result(const struct pl_pending_call* call, __u32 now) {
  __u32 wanted = (__u32)call->args[0];
  return wanted != (__u32)-1 && now != wanted ? -1 : 0;
}

/* `cred`: a struct cred's address. */
static __always_inline __u32 read_groups(__u64 cred, __u32 groups[PL_GROUPS]) {
  struct group_info* info = BPF_CORE_READ((const struct cred*)cred, group_info);
  __u32 count = BPF_CORE_READ(info, ngroups);
  __builtin_memset(groups, 0, PL_GROUPS * sizeof(__u32));
  for (__u32 i = 0; i < PL_GROUPS && i < count; i++)
    bpf_probe_read_kernel(&groups[i], sizeof(groups[i]), &info->gid[i]);
  return count;
}

/* With a stack of its own. */
PL_GLOBAL __u64 groups_hash(__u64 cred) {
  __u64 words[PL_GROUPS / 2 + 1];
  words[PL_GROUPS / 2] = read_groups(cred, (__u32*)words);
  return pl_siphash(words, PL_GROUPS * sizeof(__u32) + 4, PL_GROUPS / 2 + 1, config.hash_key[0],
                    config.hash_key[1]);
}

static __always_inline void creds_follow(struct pl_creds* creds, const struct cred* now, bool own) {
  if (own)
    read_own_creds(creds);
  else
    read_cred(now, creds);
}

/* `c`: what the task has now; or is about to have, while they are not its own yet. */
static __always_inline void setid_done(struct task_struct* task, struct pl_task* t,
                                       const struct pl_pending_call* call, __s64 result, const struct cred* c,
                                       bool own) {
  struct pl_watch w;
  if (!watch_begin(&w, task, t, PL_HOOK_SETID)) return;
  bool uid = is_uid_call(call->call);
  __s64 outcome = result;
  if (call->call == PL_CALL_SETFSUID || call->call == PL_CALL_SETFSGID)
    outcome = fs_call_result(call, uid ? c->fsuid.val : c->fsgid.val);
  struct pl_key key;
  call_key(&key, &w, PL_SETID, call, outcome);
  struct pl_setid_key* ids = &key.object.setid;
  __u64* pairs = key.object.words;
  ids_before(&t->creds, uid, pairs);
  ids_now(c, uid, ids->to);
  __u64 changed = (pairs[0] ^ pairs[2]) | (pairs[1] ^ pairs[3]);
  if (outcome < 0) {
    __builtin_memset(ids->to, 0, sizeof(ids->to));
    ids->to[0] = (__u32)call->args[0]; /* of setgroups their number: the list is the caller's memory */
    if (call->call != PL_CALL_SETGROUPS) {
      ids->to[1] = (__u32)call->args[1];
      ids->to[2] = (__u32)call->args[2];
    }
  } else if (call->call == PL_CALL_SETGROUPS) {
    __u64 hash = groups_hash(as_number(c));
    __builtin_memcpy(ids->to, &hash, sizeof(hash));
  }
  struct pl_scratch* scratch = is_known(&w, &key) ? NULL : event_begin(&w, &key, NULL);
  if (scratch) {
    struct pl_activity* e = &scratch->record.activity;
    e->result = result;
    if (!own) read_cred(c, &e->creds);
    if (call->call == PL_CALL_SETGROUPS && outcome >= 0)
      e->groups_count = read_groups(as_number(c), e->groups);
    cwd_add(&w, scratch);
    event_submit(&w, scratch, &key);
  }
  if (changed) creds_follow(&t->creds, c, own);
}

/* Only where there is a change: to read them all costs as much as everything else here. */
static __always_inline void follow_changed(struct pl_creds* creds, const struct pl_key* key,
                                           const struct cred* now, bool own) {
  const struct pl_capset_key* k = &key->object.capset;
  if (k->effective_to != k->effective_from || k->permitted_to != k->permitted_from ||
      k->inheritable_to != k->inheritable_from)
    creds_follow(creds, now, own);
}

static __always_inline void capset_done(struct task_struct* task, struct pl_task* t,
                                        const struct pl_pending_call* call, __s64 result,
                                        const struct cred* c, bool own) {
  struct pl_watch w;
  if (!watch_begin(&w, task, t, PL_HOOK_CAPSET)) return;
  struct pl_key key;
  call_key(&key, &w, PL_CAPSET, call, result);
  key.object.capset.effective_from = t->creds.effective;
  key.object.capset.permitted_from = t->creds.permitted;
  key.object.capset.inheritable_from = t->creds.inheritable;
  key.object.capset.effective_to = caps(&c->cap_effective);
  key.object.capset.permitted_to = caps(&c->cap_permitted);
  key.object.capset.inheritable_to = caps(&c->cap_inheritable);
  if (result < 0) {
    /* What was asked for: two blocks of effective, permitted, inheritable. */
    __u32 data[6] = {};
    bpf_probe_read_user(data, sizeof(data), (void*)call->args[1]);
    key.object.capset.effective_to = data[0] | (__u64)data[3] << 32;
    key.object.capset.permitted_to = data[1] | (__u64)data[4] << 32;
    key.object.capset.inheritable_to = data[2] | (__u64)data[5] << 32;
  }
  struct pl_scratch* scratch = is_known(&w, &key) ? NULL : event_begin(&w, &key, NULL);
  if (scratch) {
    scratch->record.activity.result = result;
    if (!own) read_cred(c, &scratch->record.activity.creds);
    cwd_add(&w, scratch);
    event_submit(&w, scratch, &key);
  }
  if (result >= 0) follow_changed(&t->creds, &key, c, own);
}

#endif
