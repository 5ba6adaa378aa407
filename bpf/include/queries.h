/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which sockets ask resolvers: a reply is met where nobody knows whose task it is for. Only where the
 * cgroup hooks of sockets are used (dns.bpf.c). */
#ifndef PLIMSOLL_QUERIES_H
#define PLIMSOLL_QUERIES_H

#include "maps.h"

enum { PL_DNS_PORT = 53 };

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384);
  __type(key, __u64);   /* the socket's cookie */
  __type(value, __u32); /* slot */
} queries __weak SEC(".maps");

/* The socket `cookie`, of that slot's container, asks a resolver. */
static __always_inline void note_query(__u64 cookie, __u32 slot) {
  bpf_map_update_elem(&queries, &cookie, &slot, BPF_ANY);
}

#endif
