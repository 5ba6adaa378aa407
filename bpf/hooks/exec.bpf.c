/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* exec: every program a container starts, with the kernel's own view of the file, its arguments and the
 * credentials it got. sched_process_exec runs after the point of no return, so what is seen is what runs. */
#include "emit.h"
#include "origin.h"

/* fs root of the host; found by an iterator before the programs are attached. */
extern __u64 host_root_dentry;
/* CLOCK_REALTIME minus CLOCK_MONOTONIC, to compare file times with. */
extern __u64 wall_offset_ns;

enum { PL_AF_UNIX = 1 };

static __always_inline bool in_host_root(struct fs_struct* fs) {
  return (__u64)fs->root.dentry == host_root_dentry;
}

/* Where the last part of the first `n` bytes of a path begins. */
PL_GLOBAL int last_part(const union pl_text* path, __u32 n) {
  if (!path) return 0;
  n &= PL_PATH - 1;
  for (__u32 i = 0; i < PL_PATH - 1; i++) {
    if (n == 0 || path->bytes[(n - 1) & (PL_PATH - 1)] == '/') break;
    n--;
  }
  return n;
}

struct pl_env {
  unsigned long at, end;
  char* word;
  __u8 found;
};

static long env_step(__u32 index, struct pl_env* env) {
  if (env->at >= env->end) return 1;
  long n = bpf_probe_read_user_str(env->word, PL_PATH, (void*)env->at);
  if (n <= 0) return 1;
  const char* w = env->word;
  if (w[0] == 'L' && w[1] == 'D' && w[2] == '_') {
    bool preload = w[3] == 'P' && w[4] == 'R' && w[5] == 'E';
    bool audit = w[3] == 'A' && w[4] == 'U' && w[5] == 'D';
    bool library = w[3] == 'L' && w[4] == 'I' && w[5] == 'B';
    if (preload || audit || library) {
      env->found = 1;
      return 1;
    }
  }
  env->at += n;
  return 0;
}

PL_GLOBAL int loader_variables(struct pl_scratch* scratch, __u64 start, __u64 end) {
  if (!scratch) return 0;
  struct pl_env env = {.at = start, .end = end, .word = scratch->walk};
  bpf_loop(4096, env_step, &env, 0);
  return env.found;
}

/* A pair of AF_UNIX sockets is what several run-time libraries give a child instead of a pipe. */
static __always_inline __u8 socket_kind(struct file* file) {
  struct socket* socket = BPF_CORE_READ(file, private_data);
  return BPF_CORE_READ(socket, sk, __sk_common.skc_family) == PL_AF_UNIX ? PL_STDIN_PIPE : PL_STDIN_SOCKET;
}

static __always_inline __u32 kind_of(struct file* file, __u32 mode, __u32 device) {
  switch (mode & 0170000) {
    case 0140000:
      return socket_kind(file);
    case 0010000:
      return PL_STDIN_PIPE;
    case 0020000: /* tty, console, pts */
      if (device == ((1 << 20) | 3)) return PL_STDIN_NULL;
      return device >> 20 == 4 || device >> 20 == 5 || device >> 20 == 136 ? PL_STDIN_TTY : PL_STDIN_FILE;
    default:
      return PL_STDIN_FILE;
  }
}

/* Of a file that the verifier knows as one. */
static __always_inline __u32 known_file_kind(struct file* file) {
  if (!file) return PL_STDIN_UNKNOWN;
  struct inode* inode = file->f_inode;
  return inode ? kind_of(file, inode->i_mode, inode->i_rdev) : PL_STDIN_UNKNOWN;
}

/* Of any file. */
PL_GLOBAL int file_kind(__u64 file_address) {
  struct file* file = (void*)file_address;
  struct inode* inode = file ? BPF_CORE_READ(file, f_inode) : NULL;
  return inode ? kind_of(file, BPF_CORE_READ(inode, i_mode), BPF_CORE_READ(inode, i_rdev)) : PL_STDIN_UNKNOWN;
}

/* Of the current task: what descriptor 0 is, and in bit 8 whether 1 or 2 is a socket. */
PL_GLOBAL int standard_files(void) {
  struct files_struct* files = bpf_get_current_task_btf()->files;
  if (!files) return PL_STDIN_UNKNOWN;
  struct fdtable* table = files->fdt;
  __u64 at = (__u64)table->fd;
  __u32 kinds[3] = {};
  if (at == (__u64)&files->fd_array) {
    kinds[0] = known_file_kind(files->fd_array[0]);
    kinds[1] = known_file_kind(files->fd_array[1]);
    kinds[2] = known_file_kind(files->fd_array[2]);
  } else { /* more are or were open than fit there */
    __u64 open[3] = {};
    if (table->max_fds < 3 || bpf_probe_read_kernel(open, sizeof(open), (void*)at)) return PL_STDIN_UNKNOWN;
    kinds[0] = file_kind(open[0]);
    kinds[1] = file_kind(open[1]);
    kinds[2] = open[2] == open[1] ? kinds[1] : file_kind(open[2]);
  }
  bool to_socket = kinds[1] == PL_STDIN_SOCKET || kinds[2] == PL_STDIN_SOCKET;
  return kinds[0] | (to_socket ? 1 << 8 : 0);
}

PL_GLOBAL int read_argv(struct pl_scratch* scratch, __u64 start, __u64 bytes) {
  if (!scratch) return 0;
  __builtin_memset(scratch->argv.bytes, 0, PL_ARGV);
  if (bytes > PL_ARGV - 1) bytes = PL_ARGV - 1;
  if (bpf_probe_read_user(scratch->argv.bytes, bytes & (PL_ARGV - 1), (void*)start)) return 0;
  return bytes;
}

/* The identity of the executed file's content, for files that are not the image's. */
PL_GLOBAL __u64 file_hash(void) {
  struct file* file = executed_file(bpf_get_current_task_btf());
  if (!file) return 0;
  struct inode* inode = file->f_inode;
  __u64 words[5] = {inode->i_ino, inode->i_size, inode_ctime_ns(inode), inode->i_sb->s_dev, 0};
  return pl_siphash(words, 32, 5, config.hash_key[0], config.hash_key[1]);
}

static __always_inline __u64 two_hashes(__u64 a, __u64 b) {
  __u64 words[3] = {a, b, 0};
  return pl_siphash(words, 16, 3, config.hash_key[0], config.hash_key[1]);
}

/* Appends `separator` and a part of the name to the first `length` bytes of the actor, behind which it is
 * zero; what does not fit is cut off. Its new length. */
PL_GLOBAL int actor_append(struct pl_scratch* scratch, __u32 length, __u32 separator, __u32 from, __u32 end) {
  if (!scratch || length >= PL_PATH - 1 || end < from) return length;
  scratch->actor.bytes[length++ & (PL_PATH - 1)] = (char)separator;
  __u32 bytes = end - from;
  if (bytes > PL_PATH - 1 - length) bytes = PL_PATH - 1 - length;
  barrier_var(bytes); /* the compiler knows its bound, the verifier does not */
  bytes &= PL_PATH - 1;
  if (bpf_probe_read_kernel(&scratch->actor.bytes[length & (PL_PATH - 1)], bytes,
                            &scratch->name.bytes[from & (PL_PATH - 1)]))
    bytes = 0;
  return length + bytes;
}

/* Is the name a descriptor's (execveat, fexecve)? Then there is no name that it was called by. */
static __always_inline bool by_descriptor(const char* n) {
  return n[0] == '/' && n[1] == 'd' && n[2] == 'e' && n[3] == 'v' && n[4] == '/' && n[5] == 'f' &&
         n[6] == 'd';
}

/* Both are of that length. */
PL_GLOBAL int same_text(const union pl_text* a, const union pl_text* b, __u32 bytes) {
  if (!a || !b) return 0;
  for (__u32 i = 0; i < PL_PATH / 8 && i * 8 < bytes; i++)
    if (a->words[i] != b->words[i]) return 0;
  return 1;
}

/* Do the path and the name end in the same bytes, from there on? */
PL_GLOBAL int same_ends(const struct pl_scratch* scratch, __u32 path_from, __u32 name_from, __u32 bytes) {
  if (!scratch) return 0;
  for (__u32 i = 0; i < PL_PATH && i < bytes; i++)
    if (scratch->path.bytes[(path_from + i) & (PL_PATH - 1)] !=
        scratch->name.bytes[(name_from + i) & (PL_PATH - 1)])
      return 0;
  return 1;
}

/* Makes the name of the actor from now on: the script, with the working directory before a relative
 * name; or the file, followed by the name it was called by where that is another one ("/bin/busybox:sh").
 * Returns its length. */
PL_GLOBAL int new_actor(struct pl_scratch* scratch, __u32 path_bytes, __u32 name_bytes, __u32 script) {
  if (!scratch) return 0;
  const char* name = scratch->name.bytes;
  if (script && name[0] == '/') {
    __builtin_memcpy(scratch->actor.bytes, scratch->name.bytes, PL_PATH);
    return name_bytes;
  }
  if (script) {
    __builtin_memcpy(scratch->actor.bytes, scratch->cwd.bytes, PL_PATH);
    __u32 n = text_length(&scratch->cwd);
    if (n == 1) n = 0; /* "/" */
    return actor_append(scratch, n, '/', name[0] == '.' && name[1] == '/' ? 2 : 0, name_bytes);
  }
  __builtin_memcpy(scratch->actor.bytes, scratch->path.bytes, PL_PATH);
  __u32 called = by_descriptor(name) ? name_bytes : last_part(&scratch->name, name_bytes);
  __u32 bytes = name_bytes - called;
  if (!bytes) return path_bytes;
  __u32 own = last_part(&scratch->path, path_bytes);
  if (path_bytes - own == bytes && same_ends(scratch, own, called, bytes)) return path_bytes;
  return actor_append(scratch, path_bytes, ':', called, name_bytes);
}

static __always_inline void exec_texts(struct task_struct* task, struct linux_binprm* bprm,
                                       struct pl_scratch* scratch, struct pl_path_facts* facts) {
  struct pl_exec_texts* x = &scratch->exec;
  struct pl_path_facts cwd_facts = {};
  x->is_script = (__u64)bprm->filename != (__u64)bprm->interp;
  if (x->is_script) cwd_text(task, scratch, &cwd_facts);
  walk_from(scratch, &bprm->file->f_path, task->fs);
  int n = path_text(scratch, &scratch->path, facts);
  x->path = n < 0 ? 0 : n;
  __builtin_memset(scratch->name.bytes, 0, PL_PATH);
  long name = bpf_probe_read_kernel_str(scratch->name.bytes, PL_PATH, bprm->filename);
  x->name = name > 0 ? name - 1 : 0;
  x->truncated = facts->truncated || name == PL_PATH;
  x->is_path = !x->is_script && x->name == x->path && same_text(&scratch->path, &scratch->name, x->path);
  if (x->is_path) {
    __builtin_memcpy(scratch->actor.bytes, scratch->path.bytes, PL_PATH);
    x->actor = x->path;
  } else {
    x->actor = new_actor(scratch, x->path, x->name, x->is_script);
  }
}

/* A container starts with its first exec inside its root. A task that comes in later, from outside, has
 * entered it. */
static __always_inline void leave_setup(struct pl_task* t, struct pl_slot* slot) {
  __u64 now = bpf_ktime_get_ns();
  bool first = __sync_val_compare_and_swap(&slot->started_ns, 0, now) == 0;
  t->phase = first ? PL_TASK_INSIDE : PL_TASK_ENTERED;
  if (!first) return;
  __u64 tick = bpf_jiffies64();
  __sync_val_compare_and_swap(&slot->began_tick, 0, tick);
  /* Unless set_startup() has seen that it began, and has set the end meanwhile. */
  __sync_val_compare_and_swap(&slot->steady_tick, 0, tick + slot->startup_ticks);
}

static __always_inline void exec_event(struct pl_watch* w, struct pl_scratch* scratch,
                                       struct linux_binprm* bprm) {
  const struct pl_exec_texts* x = &scratch->exec;
  if (!event_begin(w, &scratch->key, scratch)) return;
  if (x->argv_truncated) scratch->record.activity.header.flags |= PL_FLAG_ARGV_TRUNCATED;
  text_add(scratch, PL_TEXT_ARGV, scratch->argv.bytes, x->argv);
  text_add(scratch, PL_TEXT_PATH, scratch->path.bytes, x->path);
  if (x->is_script) { /* a script by its whole path: what it was called by may be relative */
    __builtin_memset(scratch->extra.bytes, 0, PL_PATH);
    long n = bpf_probe_read_kernel_str(scratch->extra.bytes, PL_PATH, bprm->interp);
    text_add(scratch, PL_TEXT_NAME, scratch->actor.bytes, x->actor);
    text_add(scratch, PL_TEXT_EXTRA, scratch->extra.bytes, n > 0 ? n - 1 : 0);
  } else {
    text_add(scratch, PL_TEXT_NAME, scratch->name.bytes, x->name);
  }
  struct pl_path_facts facts = {};
  int n = cwd_text(w->task, scratch, &facts);
  text_add(scratch, PL_TEXT_CWD, scratch->cwd.bytes, n < 0 ? 0 : n);
  event_send(w, scratch, &scratch->key);
}

/* `held`: the program before this exec is not known. The new one is stored, and nothing is reported. */
static __always_inline void executed(struct pl_watch* w, struct pl_scratch* scratch,
                                     struct linux_binprm* bprm, bool held) {
  struct task_struct* task = w->task;
  struct pl_task* t = w->t;
  __u64 argv_at = task->mm->arg_start;
  __u64 argv_left = task->mm->arg_end - argv_at;

  struct pl_path_facts facts = {};
  struct pl_exec_texts* x = &scratch->exec;
  exec_texts(task, bprm, scratch, &facts);
  x->argv = read_argv(scratch, argv_at, argv_left);
  __u64 started_wall = w->slot->started_ns ? w->slot->started_ns + wall_offset_ns : 0;
  __u8 origin = file_origin(facts.outside, started_wall);
  if (origin == PL_ORIGIN_MEMFD) { /* it lies in no directory: "memfd:NAME" */
    __builtin_memset(scratch->path.bytes, 0, PL_PATH);
    long n = bpf_probe_read_kernel_str(scratch->path.bytes, PL_PATH, bprm->file->f_path.dentry->d_name.name);
    __builtin_memcpy(scratch->actor.bytes, scratch->path.bytes, PL_PATH);
    x->path = x->actor = n > 0 ? n - 1 : 0;
    x->is_path = false;
  }
  bool image = origin == PL_ORIGIN_IMAGE || origin == PL_ORIGIN_UPPER_COPY;
  __u64 file_id = image ? 0 : file_hash();

  const struct cred* c = task->cred;
  struct pl_key* key = &scratch->key;
  key_begin(key, w, PL_EXEC);
  key->outcome = PL_OK;
  key->origin = origin;
  __u32 files = standard_files();
  key->stdin_kind = files & 0xff;
  if (files >> 8) key->facts |= PL_FACT_STDOUT_SOCKET;
  if (BPF_CORE_READ_BITFIELD(bprm, secureexec)) key->facts |= PL_FACT_SECURE_EXEC;
  if (loader_variables(scratch, task->mm->env_start, task->mm->env_end))
    key->facts |= PL_FACT_LOADER_VARIABLES;
  x->argv_truncated = argv_left > PL_ARGV - 1;
  if (x->truncated || x->argv_truncated) key->facts |= PL_FACT_TRUNCATED;
  if (!x->argv && argv_left) key->facts |= PL_FACT_UNREADABLE;
  /* Most programs are called by their path, and are known by it. */
  __u64 path = text_hash_n(&scratch->path, x->path);
  __u64 actor = x->is_path ? path : text_hash_n(&scratch->actor, x->actor);
  key->object.exec.path = path;
  key->object.exec.file = file_id;
  key->object.exec.argv = argv_hash(scratch, x->argv);
  key->object.exec.filename = x->is_path ? path : text_hash_n(&scratch->name, x->name);
  key->object.exec.script = x->is_script ? actor : 0;
  key->object.exec.caps_gained = caps(&c->cap_permitted) & ~t->creds.permitted;
  key->object.exec.euid_from = t->creds.euid;
  key->object.exec.euid_to = c->euid.val;
  key->object.exec.egid_from = t->creds.egid;
  key->object.exec.egid_to = c->egid.val;

  if (!held && !is_known(w, key)) exec_event(w, scratch, bprm);

  read_own_creds(&t->creds);
  if (t->phase == PL_TASK_SETUP) return; /* still the runtime */
  if (t->phase == PL_TASK_UNREAD) t->phase = PL_TASK_INSIDE;
  t->actor = file_id ? two_hashes(actor, file_id) : actor;
  t->facts = file_id ? PL_FACT_ACTOR_NOT_IMAGE : 0;
  t->origin = origin;
  t->exe_bytes = x->actor;
  t->argv_bytes = x->argv;
  __builtin_memcpy(t->exe, scratch->actor.bytes, PL_PATH);
  __builtin_memcpy(t->argv, scratch->argv.bytes, PL_ARGV);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct* task, int old_pid, struct linux_binprm* bprm) {
  struct pl_task* t = any_identity(task);
  if (!t) return 0;
  bool held = held_back(t);
  struct pl_slot* slot = slot_get(t->slot);
  if (slot && t->phase == PL_TASK_SETUP && !in_host_root(task->fs)) leave_setup(t, slot);
  struct pl_watch w;
  if (!watch_quietly(&w, task, t, PL_HOOK_EXEC)) return 0;
  if (!held) __sync_fetch_and_add(&w.counters->seen, 1);
  struct pl_scratch* scratch = scratch_take();
  if (!scratch) {
    if (!held) lose(&w, PL_LOST_NO_SCRATCH);
    return 0;
  }
  executed(&w, scratch, bprm, held);
  scratch_release(scratch);
  return 0;
}
