/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Answers of resolvers: messages from port 53 that a container's socket receives over UDP. They are read in
 * the kernel function that hands a datagram to its task, or at the cgroup hook for incoming packets. The same
 * answer is reported once a minute, whole; the agent parses it. */
#include "emit.h"
#include "queries.h"
#include "syscalls.h"

enum {
  PL_LOOPBACK = 1,
  PL_ETH_IP = 0x0800,
  PL_UDP = 17,
  PL_UDP_HEADER = 8,
  PL_DNS_HEADER = 12,
  PL_AGAIN_AFTER = 60
};

/* When an answer was last reported, by a hash of its slot and its bytes. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384);
  __type(key, __u64);
  __type(value, __u64); /* ticks */
} answers_told __weak SEC(".maps");

/* Takes a scratch buffer for an answer to that slot, and counts it as seen. NULL: there is nothing left to
 * do. */
static __always_inline struct pl_scratch* answer_begin(struct pl_watch* w, __u32 slot) {
  __builtin_memset(w, 0, sizeof(*w));
  w->hook = PL_HOOK_DNS;
  w->slot = slot_get(slot);
  w->counters = counters_of(PL_HOOK_DNS);
  w->tick = bpf_jiffies64();
  if (!w->slot || !w->counters) return NULL;
  __sync_fetch_and_add(&w->counters->seen, 1);
  struct pl_scratch* scratch = scratch_take();
  if (!scratch) {
    lose(w, PL_LOST_NO_SCRATCH);
    return NULL;
  }
  struct pl_answer* a = &scratch->answer;
  header_begin(&a->header, PL_KIND_ANSWER, PL_HOOK_DNS, slot);
  return scratch;
}

PL_GLOBAL __u64 answer_hash(const struct pl_scratch* scratch) {
  if (!scratch) return 0;
  __u32 bytes = scratch->answer.bytes;
  if (bytes >= PL_ANSWER) return 0;
  return pl_siphash(scratch->answer.words, bytes, PL_ANSWER / 8,
                    config.hash_key[0] ^ scratch->answer.header.slot, config.hash_key[1]);
}

/* `read`: the message is in the buffer; else it could not be read. */
static __always_inline void answer_send(struct pl_watch* w, struct pl_scratch* scratch, bool read) {
  struct pl_answer* a = &scratch->answer;
  if (!read) {
    lose(w, PL_LOST_MISSED);
    return;
  }
  a->message[0] = a->message[1] = 0; /* the id of the query: the same answer to the next query is equal */
  __u64 hash = answer_hash(scratch);
  __u64* told = bpf_map_lookup_elem(&answers_told, &hash);
  if (told && w->tick - *told < PL_AGAIN_AFTER * config.second_ticks) {
    __sync_fetch_and_add(&w->counters->known, 1);
    return;
  }
  enum pl_lost why = refused(w, &answers);
  if (why != PL_LOST_REASONS) {
    lose(w, why);
    wake_if_it_waits(); /* the ring is full because nobody reads */
    return;
  }
  __u64 waiting = bpf_ringbuf_query(&answers, BPF_RB_AVAIL_DATA);
  __u64 half = bpf_ringbuf_query(&answers, BPF_RB_RING_SIZE) / 2;
  if (bpf_ringbuf_output(&answers, a, sizeof(*a) - PL_ANSWER + (a->bytes & 2047), BPF_RB_NO_WAKEUP)) {
    lose(w, PL_LOST_RING_FULL);
    return;
  }
  /* Else what is done with it wakes the reader. */
  if (waiting > half) wake_if_it_waits();
  bpf_map_update_elem(&answers_told, &hash, &w->tick, BPF_ANY);
  __sync_fetch_and_add(&w->counters->emitted, 1);
}

/* How many of the bytes fit into the buffer. The last word of them is zero-padded, for the hash. */
static __always_inline __u32 message_begin(struct pl_answer* a, __u32 bytes) {
  if (bytes > PL_ANSWER - 8) bytes = PL_ANSWER - 8;
  a->words[bytes / 8] = 0;
  a->bytes = bytes;
  return bytes;
}

static __always_inline void set_from4(struct pl_answer* a, __u32 ip4) {
  __builtin_memset(a->from, 0, 10);
  a->from[10] = 0xff;
  a->from[11] = 0xff;
  __builtin_memcpy(&a->from[12], &ip4, 4);
}

/* A datagram as its socket has it: at the message. */
struct pl_datagram {
  const void *head, *data;
  __u32 bytes;
  __u32 apart; /* of its bytes, those that do not lie at `data` */
  __u32 device;
  __u16 protocol, ip, udp; /* which IP; where the headers begin, from `head` */
};

static __always_inline bool from_resolver(const struct pl_datagram* d) {
  __be16 port = 0;
  return !bpf_probe_read_kernel(&port, sizeof(port), d->head + d->udp) &&
         port == __builtin_bswap16(PL_DNS_PORT);
}

static __always_inline int taken(const struct pl_datagram* d) {
  if (!from_resolver(d)) return 0;
  struct pl_task* t = current_identity(bpf_get_current_task_btf());
  if (!t) return 0;
  struct pl_watch w;
  struct pl_scratch* scratch = answer_begin(&w, t->slot);
  if (!scratch) return 0;
  struct pl_answer* a = &scratch->answer;
  __u32 ip4 = 0;
  bool v4 = d->protocol == __builtin_bswap16(PL_ETH_IP);
  bool read = !d->apart && (v4 ? !bpf_probe_read_kernel(&ip4, sizeof(ip4), d->head + d->ip + 12)
                               : !bpf_probe_read_kernel(a->from, sizeof(a->from), d->head + d->ip + 8));
  if (v4) set_from4(a, ip4);
  a->loopback = d->device == PL_LOOPBACK;
  __u32 bytes = message_begin(a, d->bytes);
  read = read && !bpf_probe_read_kernel(a->message, bytes, d->data);
  answer_send(&w, scratch, read);
  scratch_release(scratch);
  return 0;
}

/* A task has read it: the end of recvmsg(2), and of io_uring's. */
SEC("fentry/skb_consume_udp")
int BPF_PROG(call_udp_answer, struct sock* sk, struct sk_buff* skb) {
  __be16 peer = sk->__sk_common.skc_dport;
  if (peer && peer != __builtin_bswap16(PL_DNS_PORT)) return 0;
  struct pl_datagram d = {.head = skb->head,
                          .data = skb->data,
                          .bytes = skb->len,
                          .apart = skb->data_len,
                          .device = skb->skb_iif,
                          .protocol = skb->protocol,
                          .ip = skb->network_header,
                          .udp = skb->transport_header};
  return taken(&d);
}

SEC("kprobe")
int probe_answer_taken(struct pt_regs* ctx) {
  __u64 arguments[3];
  function_arguments(ctx, arguments);
  struct sk_buff* skb = (void*)arguments[1];
  struct pl_datagram d = {.head = BPF_CORE_READ(skb, head), .udp = BPF_CORE_READ(skb, transport_header)};
  if (!from_resolver(&d)) return 0;
  d.data = BPF_CORE_READ(skb, data);
  d.bytes = BPF_CORE_READ(skb, len);
  d.apart = BPF_CORE_READ(skb, data_len);
  d.device = BPF_CORE_READ(skb, skb_iif);
  d.protocol = BPF_CORE_READ(skb, protocol);
  d.ip = BPF_CORE_READ(skb, network_header);
  return taken(&d);
}

/* Where the udp header of a packet begins; 0: it is none from port 53. Of IPv6 only what has no header in
 * between. */
static __always_inline __u32 udp_at(struct __sk_buff* skb, bool v4) {
  __u8 first = 0, protocol = 0;
  __be16 port = 0;
  if (bpf_skb_load_bytes(skb, v4 ? 9 : 6, &protocol, 1) || protocol != PL_UDP) return 0;
  if (v4 && bpf_skb_load_bytes(skb, 0, &first, 1)) return 0;
  __u32 at = v4 ? (first & 15) * 4 : 40;
  if (bpf_skb_load_bytes(skb, at, &port, sizeof(port))) return 0;
  return port == __builtin_bswap16(PL_DNS_PORT) ? at : 0;
}

/* This program lets every packet pass: it returns 1 on each path. */
SEC("cgroup_skb/ingress")
int on_answer(struct __sk_buff* skb) {
  bool v4 = skb->protocol == __builtin_bswap16(PL_ETH_IP);
  __u32 at = udp_at(skb, v4);
  if (!at) return 1;
  __u64 cookie = bpf_get_socket_cookie(skb);
  __u32* slot = bpf_map_lookup_elem(&queries, &cookie);
  struct pl_watch w;
  struct pl_scratch* scratch = slot ? answer_begin(&w, *slot) : NULL;
  if (!scratch) return 1;
  struct pl_answer* a = &scratch->answer;
  __u32 ip4 = 0;
  at += PL_UDP_HEADER;
  __u32 bytes = message_begin(a, skb->len > at ? skb->len - at : 0);
  long error = v4 ? bpf_skb_load_bytes(skb, 12, &ip4, sizeof(ip4))
                  : bpf_skb_load_bytes(skb, 8, a->from, sizeof(a->from));
  if (v4) set_from4(a, ip4);
  a->loopback = skb->ingress_ifindex == PL_LOOPBACK;
  /* Both limits of one register, one after the other: or the verifier of 6.1 concludes nothing. */
  bool read = false;
  __u64 n = bytes;
  barrier_var(n);
  if (!error && n >= PL_DNS_HEADER) {
    barrier_var(n);
    if (n < PL_ANSWER) read = !bpf_skb_load_bytes(skb, at, a->message, n);
  }
  answer_send(&w, scratch, read);
  scratch_release(scratch);
  return 1;
}
