/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* mount, umount, pivot_root and the new mount API, with their string arguments. */
#include "finish.h"

enum { PL_FSCONFIG_SET_STRING = 1 };

struct pl_mount_strings {
  __u64 source, target, fs; /* addresses in user memory; 0: the call has none */
  __u64 flags;
};

static __always_inline void arguments(const struct pl_pending_call* p, struct pl_mount_strings* m) {
  switch (p->call) {
    case PL_CALL_MOUNT:
      m->source = p->args[0], m->target = p->args[1], m->fs = p->args[2], m->flags = p->args[3];
      break;
    case PL_CALL_UMOUNT:
      m->target = p->args[0], m->flags = p->args[1];
      break;
    case PL_CALL_PIVOT_ROOT:
      m->target = p->args[0], m->source = p->args[1];
      break;
    case PL_CALL_FSOPEN:
      m->fs = p->args[0], m->flags = p->args[1];
      break;
    case PL_CALL_FSCONFIG:
      m->source = p->args[3], m->flags = p->args[1];
      break;
    case PL_CALL_FSMOUNT:
      m->flags = p->args[1];
      break;
    case PL_CALL_OPEN_TREE:
      m->source = p->args[1], m->flags = p->args[2];
      break;
    case PL_CALL_MOVE_MOUNT:
      m->source = p->args[1], m->target = p->args[3], m->flags = p->args[4];
      break;
    default: /* mount_setattr */
      m->target = p->args[1], m->flags = p->args[2];
  }
}

/* Of fsconfig only `source` is behaviour; a mount's options are not. */
static __always_inline bool is_fsconfig_source(const struct pl_pending_call* call) {
  char name[8] = {};
  if (call->args[1] != PL_FSCONFIG_SET_STRING) return false;
  if (bpf_probe_read_user_str(name, sizeof(name), (void*)call->args[2]) != 7) return false;
  return name[0] == 's' && name[1] == 'o' && name[2] == 'u' && name[3] == 'r' && name[4] == 'c' &&
         name[5] == 'e';
}

/* Its length without the NUL, for a length with it. */
static __always_inline __u32 without_nul(int bytes) {
  return bytes > 0 ? bytes - 1 : 0;
}

static __always_inline void finish_in(struct pl_scratch* scratch, struct pl_watch* w,
                                      const struct pl_pending_call* call, __s64 result) {
  struct pl_mount_strings m = {};
  arguments(call, &m);
  struct pl_key* key = &scratch->key;
  call_key(key, w, PL_MOUNT, call, result);
  result = known_result(key, result);
  int source = user_text(&scratch->name, m.source);
  int target = user_text(&scratch->path, m.target);
  int fs = user_text(&scratch->extra, m.fs);
  if (source < 0 || target < 0 || fs < 0) key->facts |= PL_FACT_UNREADABLE;
  if (source == PL_PATH || target == PL_PATH || fs == PL_PATH) key->facts |= PL_FACT_TRUNCATED;
  key->object.mount.source = text_hash_n(&scratch->name, without_nul(source));
  key->object.mount.target = text_hash_n(&scratch->path, without_nul(target));
  key->object.mount.fs = text_hash_n(&scratch->extra, without_nul(fs));
  key->object.mount.flags = m.flags;
  if (is_known(w, key) || !event_begin(w, key, scratch)) return;
  scratch->record.activity.call_flags = m.flags;
  scratch->record.activity.result = result;
  text_add(scratch, PL_TEXT_PATH, scratch->path.bytes, without_nul(target));
  text_add(scratch, PL_TEXT_NAME, scratch->name.bytes, without_nul(source));
  text_add(scratch, PL_TEXT_EXTRA, scratch->extra.bytes, without_nul(fs));
  cwd_add(w, scratch);
  event_send(w, scratch, key);
}

int mount_finish(struct pl_task* t, const struct pl_pending_call* call, __s64 result) {
  if (!t || !call || (call->call == PL_CALL_FSCONFIG && !is_fsconfig_source(call))) return 0;
  struct pl_watch w;
  if (!watch_begin(&w, bpf_get_current_task_btf(), t, PL_HOOK_MOUNT)) return 0;
  struct pl_scratch* scratch = scratch_take();
  if (!scratch) {
    lose(&w, PL_LOST_NO_SCRATCH);
    return 0;
  }
  finish_in(scratch, &w, call, result);
  scratch_release(scratch);
  return 0;
}
