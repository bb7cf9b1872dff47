/* SPDX-License-Identifier: Apache-2.0 */
/* What a message of a batch looks like, little-endian throughout.
 *
 * The head: head_t, then a node for each column and child, depth first, parents first. Then, each
 * at the next multiple of GYRE_PACK_ALIGN, the buffers in the same order, which the nodes imply:
 * validity, if there are nulls; offsets, if there are rows; values. Nothing is said twice, so
 * nothing can contradict itself but the nulls, which are counted again. */
#ifndef GYRE_BATCH_MESSAGE_H
#define GYRE_BATCH_MESSAGE_H

#include "batch/column.h"

#include <gyre/pack.h>

enum { GYRE__PACK_MAGIC = 0x42525947 /* "GYRB" */, GYRE__PACK_VERSION = 1 };

/* More rows than any memory holds: sums of some do not overflow. */
#define GYRE__PACK_ROWS_MAX (UINT64_C(1) << 48)

typedef struct gyre__head {
    uint32_t magic;
    uint16_t version, flags;
    uint64_t schema; /* its hash */
    uint64_t rows;
    uint64_t length;   /* of the whole message */
    uint64_t checksum; /* of the pieces, with 0 here; 0 unless GYRE_PACK_CHECKSUM */
    uint64_t nodes;
} gyre__head_t;

typedef struct gyre__node {
    uint64_t nulls;
    uint64_t extra; /* bytes of strings, items of lists; 0 */
} gyre__node_t;

_Static_assert(sizeof(gyre__head_t) == 48 && sizeof(gyre__node_t) == 16, "no gaps");

static inline size_t gyre__pack_aligned(size_t at)
{
    return (at + GYRE_PACK_ALIGN - 1) / GYRE_PACK_ALIGN * GYRE_PACK_ALIGN;
}

/* Fields on all levels. */
size_t gyre__field_count(const gyre_field_t *fields, size_t count);

/* Of a batch of the schema, without a checksum. */
gyre__head_t gyre__head_of(const gyre_schema_t *schema, size_t rows, size_t length);

#endif
