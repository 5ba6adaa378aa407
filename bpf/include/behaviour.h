/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The exact key of a behaviour: what the verdict cache compares, byte for byte. Its bytes are canonical:
 * every byte, padding included, is set, so equal behaviours have equal keys. Read by the kernel side and by
 * the agent. */
#ifndef PLIMSOLL_BEHAVIOUR_H
#define PLIMSOLL_BEHAVIOUR_H

enum pl_phase { PL_PHASE_SETUP, PL_PHASE_STARTUP, PL_PHASE_STEADY, PL_PHASE_ENTERED };

enum pl_action {
  PL_EXEC,
  PL_SETID,
  PL_CAPSET,
  PL_MOUNT,
  PL_CONNECT,
  PL_SOCKET,
  PL_NS,
};

enum pl_outcome { PL_OK, PL_FAILED, PL_ATTEMPT };

enum pl_origin {
  PL_ORIGIN_UNKNOWN,
  PL_ORIGIN_IMAGE,
  PL_ORIGIN_UPPER_NEW,
  PL_ORIGIN_UPPER_COPY,
  PL_ORIGIN_MODIFIED,
  PL_ORIGIN_MEMFD,
  PL_ORIGIN_DELETED,
  PL_ORIGIN_VOLUME,
  PL_ORIGIN_OUTSIDE,
};

enum pl_stdin {
  PL_STDIN_UNKNOWN,
  PL_STDIN_FILE,
  PL_STDIN_TTY,
  PL_STDIN_PIPE,
  PL_STDIN_SOCKET,
  PL_STDIN_NULL
};

/* Facts that detectors read beside the object. They are part of the key: a change of one is new behaviour. */
enum pl_fact {
  PL_FACT_SECURE_EXEC = 1 << 0,
  PL_FACT_LOADER_VARIABLES = 1 << 1, /* LD_PRELOAD, LD_AUDIT or LD_LIBRARY_PATH */
  PL_FACT_STDOUT_SOCKET = 1 << 2,
  PL_FACT_ACTOR_NOT_IMAGE = 1 << 3,
  PL_FACT_TRUNCATED = 1 << 4, /* a string did not fit */
  PL_FACT_COMPAT = 1 << 5,    /* a 32-bit call */
  PL_FACT_UNREADABLE = 1 << 6 /* an argument in user memory could not be read */
};

/* A key with one of these is incomplete: its events are emitted each time, and no verdict is stored for it.
 */
#define PL_FACTS_PARTIAL (PL_FACT_TRUNCATED | PL_FACT_UNREADABLE)

/* Hashes are SipHash-2-4 of the bounded strings, with a key drawn when the programs are loaded; 0 for "none".
 */
struct pl_exec_key {
  __u64 path;
  __u64 file; /* inode, size and ctime of a file that is not the image's; else 0 */
  __u64 argv;
  __u64 filename; /* the name it was called by, whole */
  __u64 script;
  __u64 caps_gained;
  __u32 euid_from, euid_to;
  __u32 egid_from, egid_to;
};
struct pl_setid_key {
  __u32 from[4], to[4]; /* real, effective, saved, fs; a failed attempt: `to` is the arguments; setgroups: the
                           two halves of its list's hash */
};
struct pl_capset_key {
  __u64 effective_from, effective_to;
  __u64 permitted_from, permitted_to;
  __u64 inheritable_from, inheritable_to;
};
struct pl_mount_key {
  __u64 fs, source, target, flags;
};
struct pl_connect_key {
  __u8 address[16]; /* IPv4 as ::ffff:a.b.c.d; zero for unix */
  __u16 port;       /* host byte order */
  __u16 family;     /* AF_INET, AF_INET6 or AF_UNIX */
  __u16 protocol;   /* IPPROTO_*; 0 for unix */
  __u16 zero;
  __u64 path; /* unix */
};
struct pl_socket_key {
  __u32 family, type, protocol, zero;
};
struct pl_ns_key {
  __u64 types; /* CLONE_NEW* */
};

struct pl_key {
  __u32 slot;
  __u32 epoch;
  __u8 phase;
  __u8 action;
  __u8 outcome;
  __u8 call; /* enum pl_call (wire.h), 0 where no system call stands behind it */
  __u8 origin;
  __u8 stdin_kind;
  __u8 facts;
  __u8 error;  /* errno of a failed attempt */
  __u64 actor; /* hash of the actor's string, and of its file where that is not the image's */
  union {
    struct pl_exec_key exec;
    struct pl_setid_key setid;
    struct pl_capset_key capset;
    struct pl_mount_key mount;
    struct pl_connect_key connect;
    struct pl_socket_key socket;
    struct pl_ns_key ns;
    __u64 words[8];
  } object;
};

enum {
  PL_KEY_WORDS = sizeof(struct pl_key) / 8,
  PL_CAPSET_KEY_WORDS = 9,
  PL_SHORT_KEY_WORDS = 7, /* only of execs and capset more than these are not zero */
};

#endif
