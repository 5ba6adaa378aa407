/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The event ABI between the kernel side and the agent: plain C, fixed width, explicitly padded, not packed. A
 * test compares the layout on both sides through BTF. Includers bring __u8..__u64. */
#ifndef PLIMSOLL_WIRE_H
#define PLIMSOLL_WIRE_H

#include "behaviour.h"

#define PL_WIRE_VERSION 2

enum {
  PL_PATH = 256, /* bytes of a path with its NUL; longer ones keep their end */
  PL_ARGV = 512, /* bytes of an argument vector, NUL between arguments */
  PL_ANCESTORS = 4,
  PL_ANCESTOR_PATH = 96,
  PL_GROUPS = 16,
  PL_FSTYPE = 32,
  PL_ANSWER = 1232, /* bytes of a DNS message; longer ones lose their end */
};

enum pl_kind {
  PL_KIND_ACTIVITY = 1,
  PL_KIND_CGROUP_MADE,
  PL_KIND_CGROUP_REMOVED,
  PL_KIND_CGROUP_MOVED,
  PL_KIND_EXITED,
  PL_KIND_ANSWER
};

/* Each of the following enums is made from a list X(identifier, name), from which the agent makes the names
 * that users see. */
#define PL_ENUM_HOOK(identifier, name) PL_HOOK_##identifier,
#define PL_ENUM_LOST(identifier, name) PL_LOST_##identifier,
#define PL_ENUM_CALL(identifier, name) PL_CALL_##identifier,

#define PL_HOOK_LIST(X)     \
  X(EXEC, "exec")           \
  X(SETID, "setid")         \
  X(CAPSET, "capset")       \
  X(MOUNT, "mount")         \
  X(NS, "ns")               \
  X(CONNECT, "connect")     \
  X(SOCKET, "socket")       \
  X(CGROUP, "cgroup")       \
  X(LIFECYCLE, "lifecycle") \
  X(DNS, "dns")
enum pl_hook { PL_HOOK_LIST(PL_ENUM_HOOK) PL_HOOKS };

#define PL_LOST_LIST(X)                                                                           \
  X(RING_FULL, "ring_full")                                                                       \
  X(QUOTA, "quota")           /* its container raises more new behaviours than it may */          \
  X(NO_STORAGE, "no_storage") /* the state of a thread could not be stored */                     \
  X(NO_SLOT, "no_slot")       /* the tables of cgroups or slots are full */                       \
  X(NO_SCRATCH, "no_scratch") /* too many programs at once use the scratch buffers of this CPU */ \
  X(MISSED, "missed")         /* the call was made, but not seen whole */
enum pl_lost { PL_LOST_LIST(PL_ENUM_LOST) PL_LOST_REASONS };

/* System calls that a behaviour may stand behind, whatever their number on an architecture. The calls of one
 * family are neighbours: calls.h and missed.h ask for ranges. */
#define PL_CALL_LIST(X)                                                                 \
  X(NONE, "")                                                                           \
  X(SETUID, "setuid")                                                                   \
  X(SETGID, "setgid")                                                                   \
  X(SETREUID, "setreuid")                                                               \
  X(SETREGID, "setregid")                                                               \
  X(SETRESUID, "setresuid")                                                             \
  X(SETRESGID, "setresgid")                                                             \
  X(SETFSUID, "setfsuid")                                                               \
  X(SETFSGID, "setfsgid")                                                               \
  X(SETGROUPS, "setgroups")                                                             \
  X(CAPSET, "capset")                                                                   \
  X(MOUNT, "mount")                                                                     \
  X(UMOUNT, "umount2")                                                                  \
  X(FSOPEN, "fsopen")                                                                   \
  X(FSCONFIG, "fsconfig")                                                               \
  X(FSMOUNT, "fsmount")                                                                 \
  X(OPEN_TREE, "open_tree")                                                             \
  X(MOVE_MOUNT, "move_mount")                                                           \
  X(MOUNT_SETATTR, "mount_setattr")                                                     \
  X(PIVOT_ROOT, "pivot_root")                                                           \
  X(SETNS, "setns")                                                                     \
  X(UNSHARE, "unshare")                                                                 \
  X(CONNECT, "connect")                                                                 \
  X(SOCKET, "socket")                                                                   \
  X(SOCKETCALL, "socketcall") /* i386: connect and socket come through it too */        \
  X(UIDS, "")                 /* not a call: user ids were found changed (noticed.h) */ \
  X(GIDS, "")
enum pl_call { PL_CALL_LIST(PL_ENUM_CALL) PL_CALLS };

struct pl_creds {
  __u32 uid, euid, suid, fsuid;
  __u32 gid, egid, sgid, fsgid;
  __u64 effective, permitted, inheritable, bounding, ambient;
  __u32 user_ns;
  __u32 zero;
};

struct pl_header {
  __u8 version;
  __u8 kind;  /* enum pl_kind */
  __u8 hook;  /* enum pl_hook */
  __u8 flags; /* enum pl_flags */
  __u32 hierarchy;
  __u64 cgroup;
  __u64 time_ns; /* CLOCK_MONOTONIC */
  __u32 slot;
  __u32 pid, tid;
  __u32 zero;
};

enum pl_flags {
  PL_FLAG_ARGV_TRUNCATED = 1 << 0,
};

/* The strings of an activity, which follow it without separators, in this order. */
enum pl_text_kind {
  PL_TEXT_EXE, /* the actor */
  PL_TEXT_ARGV,
  PL_TEXT_PATH,  /* exec: the file; mount: target; unix: the socket */
  PL_TEXT_NAME,  /* exec: the name it was called by, or the script; mount: source */
  PL_TEXT_EXTRA, /* exec: interpreter; mount: the file system's type */
  PL_TEXT_CWD,
  PL_TEXT_ANCESTOR, /* and those of the others behind it */
  PL_TEXTS = PL_TEXT_ANCESTOR + PL_ANCESTORS
};

struct pl_activity {
  struct pl_header header;
  struct pl_key key;
  __u64 since_start_ns;
  __u64 start_ns; /* of the process, since boot */
  __u64 lost_before;
  __u64 call_flags; /* mount, ns: the flags as given */
  __s64 result;
  __u32 ppid;
  __u32 mnt_ns, pid_ns, net_ns;
  struct pl_creds before, creds;
  __u32 groups_count;
  __u32 groups[PL_GROUPS];
  __u32 ancestors[PL_ANCESTORS]; /* process ids, nearest first; 0: none */
  char comm[16];
  __u16 text_bytes[PL_TEXTS];
};

struct pl_cgroup_event {
  struct pl_header header; /* cgroup: the one that was made, removed, or moved to */
  __u32 parent_slot;       /* made: the parent's while that is pending; moved: the identity before */
  __u32 from_host;         /* moved: the task had no identity */
  char comm[16];           /* of the task that did it */
  char path[2 * PL_PATH];
  char cwd[PL_PATH];
};

struct pl_exited {
  struct pl_header header;
  __s32 exit_code;
  __u32 zero;
};

/* The answer of a resolver. Only as much of `message` is sent as the answer is long. */
struct pl_answer {
  struct pl_header header; /* of nobody: pid 0 */
  __u8 from[16];           /* whose answer it is, as in pl_connect_key */
  __u32 loopback; /* it came over the loopback device: any process of the container may have sent it */
  __u32 bytes;
  union {
    __u8 message[PL_ANSWER];
    __u64 words[PL_ANSWER / 8];
  };
};

/* Map values. */

enum pl_slot_state { PL_SLOT_PENDING = 1, PL_SLOT_NAMED = 2 };

/* A slot number holds a place in an array and, above it, how often that place was used before: so no number
 * comes twice, and a lookup with a number that is gone finds another one in its place. */
struct pl_slot {
  __u32 slot;  /* the slot that has this place; 0: none */
  __u32 state; /* enum pl_slot_state */
  __u32 epoch;
  __u32 cached;          /* its keys in the verdict cache */
  __u64 started_ns;      /* CLOCK_MONOTONIC of the first exec inside; 0: not yet */
  __u64 steady_tick;     /* its startup ends with this tick; 0: it has not begun */
  __u64 began_tick;      /* when it began; 0: not yet */
  __u64 startup_ticks;   /* how long it is */
  __u64 window_tick;     /* when the quota's second began */
  __u32 emitted, urgent; /* since then */
  __u64 lost[PL_LOST_REASONS];
};

struct pl_cgroup_key {
  __u64 id;
  __u32 hierarchy;
  __u32 zero;
};

/* Ticks are the kernel's jiffies: to read them costs two instructions. */
struct pl_verdict {
  struct pl_key key; /* slot 0: nobody's */
  __u64 count;       /* occurrences that were not emitted: repeats; of connects see pl_counters.lately */
  __u64 last_tick;   /* when it occurred last */
  __u64 marked_tick; /* when it was emitted last */
  __u32 known;       /* set by the agent only */
  __u32 tag;         /* its place (PL_TAG_PLACE) and, above, how often that was given out */
};
enum { PL_TAG_PLACE = (1 << 20) - 1 };

/* The arguments of the programs in hooks/agent.bpf.c. */
struct pl_adoption {
  struct pl_cgroup_key cgroup;
  __u64 started_ns;
  __s64 steady_in; /* ticks until its startup ends, if that is as long as pl_config says; negative: since */
  __u32 slot;
  __u32 zero;
};
struct pl_naming {
  __u32 slot, epoch;
};
struct pl_startup {
  __u64 ticks; /* how long the slot's startup is */
  __u32 slot;
  __u32 zero;
};
struct pl_key_call {
  struct pl_key key;
  __u32 verdict; /* set_known: a free place, or 0; forget_key, out: the place that came free */
  __s32 answer;  /* out, set_known: 0, or a negative errno */
};
enum { PL_SET_KNOWN_BATCH = 128 };
struct pl_set_known {
  __u32 count; /* of the calls in `set_known_calls` (lifecycle.bpf.c) */
  __u32 zero;
};
struct pl_ticks {
  __u64 now; /* out */
};

/* The counters of a hook on one CPU. `lately`, used by connects only, holds repeats that have not been added
 * to their verdicts yet: the tag of the verdict in the upper half, a count in the lower. So CPUs that make
 * the same connects do not compete for the verdict's cache line each time. */
enum { PL_LATELY = 16 };
struct pl_counters {
  __u64 seen, known, emitted;
  __u64 uncached; /* of the emitted: those that the verdict cache had no room to remember */
  __u64 lost[PL_LOST_REASONS];
  __u64 lately[PL_LATELY];
};

/* UNREAD: it ran in a container before the programs did, and the agent has not read about it yet. */
enum pl_task_phase { PL_TASK_SETUP, PL_TASK_INSIDE, PL_TASK_ENTERED, PL_TASK_UNREAD };

/* A watched system call between its entry and its end. */
struct pl_pending_call {
  __u8 call; /* enum pl_call; PL_CALL_NONE: none */
  __u8 compat;
  __u8 entered;    /* enum pl_call: it is under way, and its end has not been seen yet */
  __u8 connecting; /* the same of a unix connect, which may happen inside such a call */
  __u32 zero;
  __u64 args[6];
};

/* The state of a container's thread; a child inherits it. */
struct pl_task {
  __u32 slot;
  __u8 phase;    /* enum pl_task_phase */
  __u8 reported; /* the program has raised new behaviour: its exit is reported */
  __u8 origin;   /* enum pl_origin of its program */
  __u8 facts;    /* of the keys of its behaviours: PL_FACT_ACTOR_NOT_IMAGE or none */
  __u64 actor;   /* as pl_key.actor */
  struct pl_pending_call pending;
  struct pl_creds creds; /* as last known */
  __u64 start_tick;      /* a seed's: when its process started, 10 ms since boot, as /proc/PID/stat has it */
  __u32 exe_bytes, argv_bytes;
  char exe[PL_PATH]; /* the actor */
  char argv[PL_ARGV];
};

/* Read-only settings, frozen at load. */
struct pl_config {
  __u64 hash_key[2];
  __u64 startup_ticks;   /* unless the agent sets another length for the slot */
  __u64 in_flight_ticks; /* a mark older than this is emitted again */
  __u64 second_ticks;
  __u64 runtime_actor;    /* hash of "runtime" */
  __u32 controller;       /* enum pl_controller */
  __u32 hierarchy;        /* its hierarchy id */
  __u32 slots;            /* places for slots: a power of two */
  __u32 hints;            /* of verdicts: a power of two */
  __u32 cached_per_slot;  /* keys that a slot may have in the verdict cache */
  __u32 events_per_slot;  /* new behaviours a second that a slot may raise, and as many urgent ones; 0: no
                             limit */
  __u32 urgent_reserve;   /* bytes of the urgent ring that are left to cgroup events */
  __u32 wake_bytes;       /* a CPU's ring that holds as many wakes the reader */
  __u32 tasks_by_address; /* the state of threads is stored by their address, not in task storage */
  __u32 notices;          /* not all changes of ids are seen when they happen: noticed.h */
};

/* Which hierarchy identifies containers. */
enum pl_controller { PL_CGROUP_V2, PL_V1_MEMORY, PL_V1_PIDS, PL_V1_CPU, PL_V1_DEVICES, PL_V1_FREEZER };

#endif
