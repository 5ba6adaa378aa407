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
static __always_inline bool is_fsconfig_source(const struct pl_task* t) {
  char name[8] = {};
  if (!t || t->pending.args[1] != PL_FSCONFIG_SET_STRING) return false;
  if (bpf_probe_read_user_str(name, sizeof(name), (void*)t->pending.args[2]) != 7) return false;
  return name[0] == 's' && name[1] == 'o' && name[2] == 'u' && name[3] == 'r' && name[4] == 'c' &&
         name[5] == 'e';
}

int mount_finish(__s64 result) {
  struct pl_finish f;
  if (!finish_begin(&f, PL_HOOK_MOUNT)) return 0;
  if (f.t->pending.call == PL_CALL_FSCONFIG && !is_fsconfig_source(f.t)) return 0;
  struct pl_mount_strings m = {};
  arguments(&f.t->pending, &m);
  struct pl_key* key = finish_key(&f, PL_MOUNT, result);
  if (!key) return 0;
  int source = user_text(&f.s->name, m.source);
  int target = user_text(&f.s->path, m.target);
  int fs = user_text(&f.s->extra, m.fs);
  if (source < 0 || target < 0 || fs < 0) key->facts |= PL_FACT_UNREADABLE;
  if (source == PL_PATH || target == PL_PATH) key->facts |= PL_FACT_TRUNCATED;
  key->object.mount.source = text_hash(&f.s->name);
  key->object.mount.target = text_hash(&f.s->path);
  key->object.mount.fs = text_hash(&f.s->extra);
  key->object.mount.flags = m.flags;
  struct pl_activity* e = finish_emit(&f, PL_HOOK_MOUNT, result);
  if (!e) return 0;
  e->call_flags = m.flags;
  __builtin_memcpy(e->path, f.s->path.bytes, PL_PATH);
  __builtin_memcpy(e->name, f.s->name.bytes, PL_PATH);
  __builtin_memcpy(e->extra, f.s->extra.bytes, PL_PATH);
  emit_submit(e);
  return 0;
}
