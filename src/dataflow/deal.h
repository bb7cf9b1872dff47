/* SPDX-License-Identifier: Apache-2.0 */
/* Rows dealt out by numbers that say where they go, a chunk at a time, so that all of it stays in
 * the cache. */
#ifndef GYRE_DATAFLOW_DEAL_H
#define GYRE_DATAFLOW_DEAL_H

#include <gyre/batch.h>

#define GYRE__CHUNK ((size_t)4096) /* rows that are dealt at a time, at most */

typedef struct gyre__deal {
    uint64_t *hashes; /* of the chunk's rows */
    int32_t *way_of;  /* where they go */
    uint32_t *rows;   /* by where they go, in order */
    size_t *first;    /* in rows, of each way, and the end */
} gyre__deal_t;

gyre_status_t gyre__deal_init(gyre__deal_t *deal, size_t ways_max);
void gyre__deal_cleanup(gyre__deal_t *deal);

/* Fills in hashes, of rows of the batch from first on. */
gyre_status_t gyre__deal_hash(const gyre__deal_t *deal, const gyre_batch_t *batch,
                              const size_t *keys, size_t key_count, size_t first, size_t count);

/* Fills in rows, which are counted from base, and first, from way_of. */
void gyre__deal_sort(const gyre__deal_t *deal, size_t ways, size_t base, size_t count);

#endif
