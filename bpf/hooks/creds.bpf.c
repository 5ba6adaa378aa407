/* Changes of user and group ids and of capabilities: what the task's credentials were, and what they are now;
 * the arguments are only looked at when the call failed. */
#include "finish.h"

static __always_inline bool is_uid_call(__u8 call) {
  return call == PL_CALL_SETUID || call == PL_CALL_SETREUID || call == PL_CALL_SETRESUID ||
         call == PL_CALL_SETFSUID;
}

static __always_inline void ids_of(const struct pl_creds* c, bool uid, __u32 out[4]) {
  out[0] = uid ? c->uid : c->gid;
  out[1] = uid ? c->euid : c->egid;
  out[2] = uid ? c->suid : c->sgid;
  out[3] = uid ? c->fsuid : c->fsgid;
}

/* setfsuid and setfsgid answer with the previous id, never with an error: whether they failed shows in the
 * result. */
static __always_inline bool fs_call_failed(const struct pl_task* t, const struct pl_creds* now) {
  __u32 wanted = (__u32)t->pending.args[0];
  if (wanted == (__u32)-1) return false;
  return t->pending.call == PL_CALL_SETFSUID ? now->fsuid != wanted : now->fsgid != wanted;
}

static __always_inline __u32 read_groups(struct pl_scratch* s) {
  if (!s) return 0;
  struct task_struct* task = bpf_get_current_task_btf();
  struct group_info* info = BPF_CORE_READ(task, cred, group_info);
  __u32 count = BPF_CORE_READ(info, ngroups);
  __builtin_memset(s->groups, 0, sizeof(s->groups));
  for (__u32 i = 0; i < PL_GROUPS && i < count; i++)
    bpf_probe_read_kernel(&s->groups[i], sizeof(s->groups[i]), &info->gid[i]);
  return count;
}

int setid_finish(__s64 result) {
  struct pl_finish f;
  if (!finish_begin(&f, PL_HOOK_SETID)) return 0;
  struct pl_creds now;
  __builtin_memset(&now, 0, sizeof(now));
  read_creds(f.task, &now);
  __u8 call = f.t->pending.call;
  bool fs_call = call == PL_CALL_SETFSUID || call == PL_CALL_SETFSGID;
  __s64 outcome = fs_call && fs_call_failed(f.t, &now) ? -1 : fs_call ? 0 : result;
  struct pl_key* key = finish_key(&f, PL_SETID, outcome);
  if (!key) return 0;
  bool uid = is_uid_call(call);
  __u32 groups = 0;
  ids_of(&f.t->creds, uid, key->object.setid.from);
  if (outcome < 0) {
    for (int i = 0; i < 4; i++) key->object.setid.to[i] = i < 3 ? (__u32)f.t->pending.args[i] : 0;
    if (call == PL_CALL_SETGROUPS) key->object.setid.to[1] = 0; /* an address */
  } else {
    ids_of(&now, uid, key->object.setid.to);
    if (call == PL_CALL_SETGROUPS) {
      groups = read_groups(f.s);
      __u64 words[PL_GROUPS / 2 + 1];
      __builtin_memcpy(words, f.s->groups, sizeof(f.s->groups));
      words[PL_GROUPS / 2] = groups;
      key->object.setid.groups = pl_siphash(words, sizeof(f.s->groups) + 4, PL_GROUPS / 2 + 1,
                                            config.hash_key[0], config.hash_key[1]);
    }
  }
  struct pl_activity* e = finish_emit(&f, PL_HOOK_SETID, result);
  if (e) {
    e->groups_count = groups;
    __builtin_memcpy(e->groups, f.s->groups, sizeof(e->groups));
    emit_submit(e);
  }
  f.t->creds = now;
  return 0;
}

int capset_finish(__s64 result) {
  struct pl_finish f;
  if (!finish_begin(&f, PL_HOOK_CAPSET)) return 0;
  struct pl_creds now;
  __builtin_memset(&now, 0, sizeof(now));
  read_creds(f.task, &now);
  struct pl_key* key = finish_key(&f, PL_CAPSET, result);
  if (!key) return 0;
  key->object.capset.effective_from = f.t->creds.effective;
  key->object.capset.permitted_from = f.t->creds.permitted;
  key->object.capset.inheritable_from = f.t->creds.inheritable;
  key->object.capset.effective_to = now.effective;
  key->object.capset.permitted_to = now.permitted;
  key->object.capset.inheritable_to = now.inheritable;
  if (result < 0) {
    /* What was asked for: two blocks of effective, permitted, inheritable. */
    __u32 data[6] = {};
    bpf_probe_read_user(data, sizeof(data), (void*)f.t->pending.args[1]);
    key->object.capset.effective_to = data[0] | (__u64)data[3] << 32;
    key->object.capset.permitted_to = data[1] | (__u64)data[4] << 32;
    key->object.capset.inheritable_to = data[2] | (__u64)data[5] << 32;
  }
  struct pl_activity* e = finish_emit(&f, PL_HOOK_CAPSET, result);
  if (e) emit_submit(e);
  f.t->creds = now;
  return 0;
}
