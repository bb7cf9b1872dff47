/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in front of every message on the wire. 20 bytes, so that an 8-byte message travels
 * in one cache line with every provider: UCX leaves 28 for both in shared memory. Lengths are not
 * in it, for providers tell them. In the node's byte order. */
#ifndef GYRE_COMM_ENVELOPE_H
#define GYRE_COMM_ENVELOPE_H

#include <stdint.h>
#include <string.h>

#define GYRE__ENVELOPE_SIZE 20
#define GYRE__WORKERS_MAX   (UINT32_C(1) << 24)

/* A communicator's id: its first member's world rank, and that worker's number for it. */
#define GYRE__COMM_NUMBERS           (UINT32_C(1) << 24)
#define GYRE__COMM_ID(first, number) ((uint64_t)(first) << 24 | (number))

#define GYRE__LENGTH_MAX ((UINT64_C(1) << 48) - 1)

typedef enum gyre__kind {
    GYRE__KIND_TAGGED,
    GYRE__KIND_ACTIVE,
    GYRE__KIND_CONTROL, /* the wire's own */
    GYRE__KINDS
} gyre__kind_t;

typedef struct gyre__envelope {
    uint32_t seq;    /* per pair of workers: restores the order that providers do not keep */
    int32_t tag;     /* tagged: 0 .. INT_MAX, negative ones are Gyre's own; active: the id;
                        control: what it is */
    uint64_t comm;   /* 48 bits */
    uint32_t source; /* world rank, 24 bits */
    uint16_t wire;   /* of the epoch: messages of another one are dropped */
    uint8_t kind;
} gyre__envelope_t;

static inline void gyre__envelope_pack(const gyre__envelope_t *envelope, void *bytes)
{
    uint32_t words[GYRE__ENVELOPE_SIZE / 4] = {
        envelope->seq,
        (uint32_t)envelope->tag,
        (uint32_t)envelope->comm,
        (uint32_t)(envelope->comm >> 32) | (uint32_t)envelope->wire << 16,
        envelope->source | (uint32_t)envelope->kind << 24,
    };
    memcpy(bytes, words, sizeof(words));
}

static inline gyre__envelope_t gyre__envelope_unpack(const void *bytes)
{
    uint32_t words[GYRE__ENVELOPE_SIZE / 4];
    memcpy(words, bytes, sizeof(words));
    return (gyre__envelope_t){
        .seq = words[0],
        .tag = (int32_t)words[1],
        .comm = words[2] | (uint64_t)(words[3] & 0xffff) << 32,
        .source = words[4] & 0xffffff,
        .wire = (uint16_t)(words[3] >> 16),
        .kind = (uint8_t)(words[4] >> 24),
    };
}

#endif
