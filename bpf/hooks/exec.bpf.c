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
  return (__u64)BPF_CORE_READ(fs, root.dentry) == host_root_dentry;
}

/* The last part of `in`, at the start of `out`; its length. */
PL_GLOBAL int last_part(const union pl_text* in, union pl_text* out) {
  if (!in || !out) return 0;
  __u32 n = text_length(in) & (PL_PATH - 1);
  __u32 length = 0;
  for (; length < PL_PATH - 1; length++)
    if (length >= n || in->bytes[(n - length - 1) & (PL_PATH - 1)] == '/') break;
  __builtin_memset(out->bytes, 0, PL_PATH);
  length &= PL_PATH - 1;
  bpf_probe_read_kernel(out->bytes, length, &in->bytes[(n - length) & (PL_PATH - 1)]);
  return length;
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

PL_GLOBAL int loader_variables(__u64 mm_address) {
  struct mm_struct* mm = (void*)mm_address;
  struct pl_scratch* s = scratch_get();
  if (!s) return 0;
  struct pl_env env = {
      .at = BPF_CORE_READ(mm, env_start), .end = BPF_CORE_READ(mm, env_end), .word = s->walk};
  bpf_loop(4096, env_step, &env, 0);
  return env.found;
}

static __always_inline struct file* fd_file(struct files_struct* files, int fd) {
  struct file** table = BPF_CORE_READ(files, fdt, fd);
  struct file* file = NULL;
  if ((__u32)fd >= BPF_CORE_READ(files, fdt, max_fds)) return NULL;
  bpf_probe_read_kernel(&file, sizeof(file), &table[fd]);
  return file;
}

/* A pair of AF_UNIX sockets is what several run-time libraries give a child instead of a pipe. */
static __always_inline __u8 socket_kind(struct file* file) {
  struct socket* socket = BPF_CORE_READ(file, private_data);
  return BPF_CORE_READ(socket, sk, __sk_common.skc_family) == PL_AF_UNIX ? PL_STDIN_PIPE : PL_STDIN_SOCKET;
}

PL_GLOBAL int fd_kind(__u64 files, int fd) {
  struct file* file = fd_file((void*)files, fd);
  struct inode* inode = file ? BPF_CORE_READ(file, f_inode) : NULL;
  if (!inode) return PL_STDIN_UNKNOWN;
  __u32 device = BPF_CORE_READ(inode, i_rdev);
  switch (BPF_CORE_READ(inode, i_mode) & 0170000) {
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

PL_GLOBAL int read_argv(__u64 mm_address) {
  struct mm_struct* mm = (void*)mm_address;
  struct pl_scratch* s = scratch_get();
  if (!s) return 0;
  unsigned long start = BPF_CORE_READ(mm, arg_start);
  __u64 bytes = BPF_CORE_READ(mm, arg_end) - start;
  __builtin_memset(s->argv.bytes, 0, PL_ARGV);
  if (bytes > PL_ARGV - 1) bytes = PL_ARGV - 1;
  if (bpf_probe_read_user(s->argv.bytes, bytes & (PL_ARGV - 1), (void*)start)) return 0;
  return bytes;
}

static __always_inline bool same_file(const struct linux_binprm* bprm) {
  return BPF_CORE_READ(bprm, filename) == BPF_CORE_READ(bprm, interp);
}

/* The identity of a file's content, for files that are not the image's. */
PL_GLOBAL __u64 file_hash(__u64 file_address) {
  struct file* file = (void*)file_address;
  struct inode* inode = BPF_CORE_READ(file, f_inode);
  __u64 words[5] = {BPF_CORE_READ(inode, i_ino), BPF_CORE_READ(inode, i_size), inode_ctime_ns(inode),
                    BPF_CORE_READ(inode, i_sb, s_dev), 0};
  return pl_siphash(words, 32, 5, config.hash_key[0], config.hash_key[1]);
}

/* Appends `separator` and the text at `tail` to the first `length` bytes of the actor; what does not fit is
 * cut off. */
PL_GLOBAL int actor_append(__u32 length, __u32 separator, const union pl_text* tail, __u32 skip) {
  struct pl_scratch* s = scratch_get();
  if (!s || !tail || skip > 2) return -1;
  length &= PL_PATH - 1;
  bpf_probe_read_kernel(s->walk, length, s->actor.bytes);
  s->walk[length] = (char)separator;
  bpf_probe_read_kernel_str(&s->walk[length + 1], PL_PATH - 2, &tail->bytes[skip]);
  __builtin_memset(s->actor.bytes, 0, PL_PATH);
  bpf_probe_read_kernel_str(s->actor.bytes, PL_PATH, s->walk);
  return 0;
}

/* Is the name a descriptor's (execveat, fexecve)? Then there is no name that it was called by. */
static __always_inline bool by_descriptor(const char* n) {
  return n[0] == '/' && n[1] == 'd' && n[2] == 'e' && n[3] == 'v' && n[4] == '/' && n[5] == 'f' &&
         n[6] == 'd';
}

static __always_inline bool same_text(const union pl_text* a, const union pl_text* b) {
  for (int i = 0; i < PL_PATH / 8; i++)
    if (a->words[i] != b->words[i]) return false;
  return true;
}

/* Puts together who the program is from now on: the script, with the working directory before a relative
 * name; or the file, followed by the name it was called by where that is another one ("/bin/busybox:sh"). */
PL_GLOBAL int new_actor(__u32 path_length, __u32 script) {
  struct pl_scratch* s = scratch_get();
  if (!s) return -1;
  if (script && s->name.bytes[0] == '/') {
    __builtin_memcpy(s->actor.bytes, s->name.bytes, PL_PATH);
  } else if (script) {
    __builtin_memcpy(s->actor.bytes, s->cwd.bytes, PL_PATH);
    __u32 n = text_length(&s->cwd);
    if (n == 1) n = 0; /* "/" */
    actor_append(n, '/', &s->name, s->name.bytes[0] == '.' && s->name.bytes[1] == '/' ? 2 : 0);
  } else {
    last_part(&s->path, &s->actor);
    last_part(&s->name, &s->extra);
    bool renamed = !same_text(&s->actor, &s->extra) && s->extra.bytes[0] && !by_descriptor(s->name.bytes);
    __builtin_memcpy(s->actor.bytes, s->path.bytes, PL_PATH);
    if (renamed) actor_append(path_length, ':', &s->extra, 0);
  }
  return 0;
}

static __always_inline int exec_strings(struct task_struct* task, struct linux_binprm* bprm,
                                        struct pl_path_facts* facts) {
  struct pl_scratch* s = scratch_get();
  if (!s || !facts) return -1;
  struct fs_struct* fs = BPF_CORE_READ(task, fs);
  struct pl_path_facts cwd_facts = {};
  struct file* file = BPF_CORE_READ(bprm, file);
  cwd_text(task, s, &cwd_facts);
  int n = path_text((__u64)file + bpf_core_field_offset(struct file, f_path), (__u64)fs, s, &s->path, facts);
  __builtin_memset(s->name.bytes, 0, PL_PATH);
  if (bpf_probe_read_kernel_str(s->name.bytes, PL_PATH, BPF_CORE_READ(bprm, filename)) == PL_PATH)
    facts->truncated = 1;
  new_actor(n, !same_file(bprm));
  __builtin_memset(s->extra.bytes, 0, PL_PATH);
  bpf_probe_read_kernel_str(s->extra.bytes, PL_PATH, BPF_CORE_READ(bprm, interp));
  return n;
}

/* A container starts with its first exec inside its root; what comes in later from outside has been let in.
 */
static __always_inline void leave_setup(struct pl_task* t, struct pl_slot* slot, __u64 now) {
  t->phase = __sync_val_compare_and_swap(&slot->started_ns, 0, now) == 0 ? PL_TASK_INSIDE : PL_TASK_ENTERED;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct* task, int old_pid, struct linux_binprm* bprm) {
  struct pl_task* t = current_identity(task);
  if (!t) return 0;
  struct pl_slot* slot = slot_get(t->slot);
  if (!slot) {
    t->slot = 0;
    return 0;
  }
  struct pl_scratch* s = scratch_get();
  if (!s) return 0;
  __u64 now = bpf_ktime_get_ns();
  struct fs_struct* fs = BPF_CORE_READ(task, fs);
  struct mm_struct* mm = BPF_CORE_READ(task, mm);
  struct file* file = BPF_CORE_READ(bprm, file);
  __u64 files = (__u64)BPF_CORE_READ(task, files);
  if (t->phase == PL_TASK_SETUP && !in_host_root(fs)) leave_setup(t, slot, now);

  struct pl_path_facts facts = {};
  exec_strings(task, bprm, &facts);
  __u32 argv_bytes = read_argv((__u64)mm);
  __u64 started_wall = slot->started_ns ? slot->started_ns + wall_offset_ns : 0;
  __u8 origin = file_origin((__u64)file, (__u64)fs, facts.outside, started_wall);
  if (origin == PL_ORIGIN_MEMFD) { /* it lies in no directory: "memfd:NAME" */
    __builtin_memset(s->path.bytes, 0, PL_PATH);
    bpf_probe_read_kernel_str(s->path.bytes, PL_PATH, BPF_CORE_READ(file, f_path.dentry, d_name.name));
    __builtin_memcpy(s->actor.bytes, s->path.bytes, PL_PATH);
  }
  __u64 file_id = origin == PL_ORIGIN_IMAGE || origin == PL_ORIGIN_UPPER_COPY ? 0 : file_hash((__u64)file);

  struct pl_creds creds;
  __builtin_memset(&creds, 0, sizeof(creds));
  read_creds(task, &creds);

  struct pl_key* key = &s->key;
  __builtin_memset(key, 0, sizeof(*key));
  if (!key_begin(key, t, PL_EXEC, now)) return 0;
  key->outcome = PL_OK;
  key->origin = origin;
  key->stdin_kind = fd_kind(files, 0);
  if (fd_kind(files, 1) == PL_STDIN_SOCKET || fd_kind(files, 2) == PL_STDIN_SOCKET)
    key->facts |= PL_FACT_STDOUT_SOCKET;
  if (BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec)) key->facts |= PL_FACT_SECURE_EXEC;
  if (loader_variables((__u64)mm)) key->facts |= PL_FACT_LOADER_VARIABLES;
  bool argv_truncated = BPF_CORE_READ(mm, arg_end) - BPF_CORE_READ(mm, arg_start) > PL_ARGV - 1;
  if (facts.truncated || argv_truncated) key->facts |= PL_FACT_TRUNCATED;
  if (!argv_bytes && BPF_CORE_READ(mm, arg_end) > BPF_CORE_READ(mm, arg_start))
    key->facts |= PL_FACT_UNREADABLE;
  key->object.exec.path = text_hash(&s->path);
  key->object.exec.file = file_id;
  key->object.exec.argv = argv_hash(s, argv_bytes);
  key->object.exec.filename = text_hash(&s->name);
  key->object.exec.script = same_file(bprm) ? 0 : text_hash(&s->actor);
  key->object.exec.caps_gained = creds.permitted & ~t->creds.permitted;
  key->object.exec.euid_from = t->creds.euid;
  key->object.exec.euid_to = creds.euid;
  key->object.exec.egid_from = t->creds.egid;
  key->object.exec.egid_to = creds.egid;

  struct pl_activity* e = emit_begin(PL_HOOK_EXEC, key, t, task, now);
  if (e) {
    __builtin_memcpy(e->path, s->path.bytes, PL_PATH);
    /* A script by its whole path: what it was called by may be relative. */
    __builtin_memcpy(e->name, same_file(bprm) ? s->name.bytes : s->actor.bytes, PL_PATH);
    if (same_file(bprm))
      e->extra[0] = 0;
    else
      __builtin_memcpy(e->extra, s->extra.bytes, PL_PATH);
    __builtin_memcpy(e->argv, s->argv.bytes, PL_ARGV);
    e->argv_bytes = argv_bytes;
    if (argv_truncated) e->header.flags |= PL_FLAG_ARGV_TRUNCATED;
    __builtin_memcpy(e->cwd, s->cwd.bytes, PL_PATH);
    emit_submit(e);
  }

  t->creds = creds;
  if (t->phase == PL_TASK_SETUP) return 0; /* still the runtime */
  t->actor = text_hash(&s->actor);
  t->actor_file = file_id;
  t->origin = origin;
  t->argv_bytes = argv_bytes;
  __builtin_memcpy(t->argv, s->argv.bytes, PL_ARGV);
  __builtin_memcpy(t->exe, s->actor.bytes, PL_PATH);
  return 0;
}
