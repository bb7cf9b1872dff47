/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in front of every message on the wire, 32 bytes in the node's byte order. */
#ifndef GYRE_COMM_ENVELOPE_H
#define GYRE_COMM_ENVELOPE_H

#include <stdint.h>

typedef enum gyre__kind { GYRE__KIND_TAGGED, GYRE__KIND_ACTIVE } gyre__kind_t;

typedef struct gyre__envelope {
    uint32_t wire;   /* of the epoch: messages of another one are dropped */
    uint32_t seq;    /* per pair of workers: restores the order that providers do not keep */
    uint64_t comm;   /* the communicator's id */
    uint32_t source; /* world rank */
    int32_t tag;     /* tagged: 0 .. INT_MAX, negative ones are Gyre's own; active: the id */
    uint64_t length : 48; /* of the data */
    uint64_t kind : 4;
    uint64_t header_length : 12; /* active: bytes of user header behind this */
} gyre__envelope_t;

_Static_assert(sizeof(gyre__envelope_t) == 32, "an 8-byte message must fit a cache line");

#define GYRE__LENGTH_MAX ((UINT64_C(1) << 48) - 1)

#endif
