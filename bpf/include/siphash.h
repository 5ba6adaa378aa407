/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SipHash-2-4 (Aumasson, Bernstein, 2012) over a zero-padded buffer. Both sides use this file; the agent's
 * tests compare it with the published vectors. */
#ifndef PLIMSOLL_SIPHASH_H
#define PLIMSOLL_SIPHASH_H

struct pl_sip {
  __u64 v0, v1, v2, v3;
};

#define PL_ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static inline __attribute__((always_inline)) void pl_sip_round(struct pl_sip* s) {
  s->v0 += s->v1;
  s->v1 = PL_ROTL(s->v1, 13);
  s->v1 ^= s->v0;
  s->v0 = PL_ROTL(s->v0, 32);
  s->v2 += s->v3;
  s->v3 = PL_ROTL(s->v3, 16);
  s->v3 ^= s->v2;
  s->v0 += s->v3;
  s->v3 = PL_ROTL(s->v3, 21);
  s->v3 ^= s->v0;
  s->v2 += s->v1;
  s->v1 = PL_ROTL(s->v1, 17);
  s->v1 ^= s->v2;
  s->v2 = PL_ROTL(s->v2, 32);
}

static inline __attribute__((always_inline)) void pl_sip_word(struct pl_sip* s, __u64 word) {
  s->v3 ^= word;
  pl_sip_round(s);
  pl_sip_round(s);
  s->v0 ^= word;
}

/* `words` holds `bytes` bytes, little-endian, zero-padded to `max_words` 64-bit words; bytes < 8 * max_words.
 */
static inline __attribute__((always_inline)) __u64 pl_siphash(const __u64* words, __u32 bytes,
                                                              __u32 max_words, __u64 k0, __u64 k1) {
  struct pl_sip s = {0x736f6d6570736575ULL ^ k0, 0x646f72616e646f6dULL ^ k1, 0x6c7967656e657261ULL ^ k0,
                     0x7465646279746573ULL ^ k1};
  const __u32 whole = bytes >> 3;
  __u64 last = (__u64)bytes << 56;
  for (__u32 i = 0; i < max_words; i++) {
    if (i >= whole) {
      last |= words[i];
      break;
    }
    pl_sip_word(&s, words[i]);
  }
  pl_sip_word(&s, last);
  s.v2 ^= 0xff;
  for (__u32 i = 0; i < 4; i++) pl_sip_round(&s);
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

#endif
