/* SPDX-License-Identifier: Apache-2.0 */
/* Rows dealt out to runs by bits of the hash of their keys, so that rows with equal keys lie in one
 * of them, which is small enough to be worked on in memory, or in the cache; or else is dealt out
 * again, by the bits of the next level. Those are none of the bits that name the target. */
#ifndef GYRE_DATAFLOW_BUCKETS_H
#define GYRE_DATAFLOW_BUCKETS_H

#include "dataflow/keep.h"

#include <stdbool.h>

enum {
    GYRE__BUCKET_BITS = 5,
    GYRE__BUCKETS = 1 << GYRE__BUCKET_BITS,
    GYRE__BUCKET_LEVELS = 32 / GYRE__BUCKET_BITS
};

typedef struct gyre__buckets gyre__buckets_t;
struct gyre__side;

/* For what the side carries; its schema and keys must stay. level < GYRE__BUCKET_LEVELS. Runs are
 * in the spill, or stay in memory, which is the caller's to ask for. */
gyre_status_t gyre__buckets_create(gyre__keep_t *keep, const struct gyre__side *side,
                                   unsigned level, bool stay, gyre__buckets_t **buckets);
/* With the runs that have not been taken. NULL is allowed. */
void gyre__buckets_destroy(gyre__buckets_t *buckets);

/* Rows wait for others, so that frames are long, in memory that is the buckets' own: they take it
 * of GYRE_MEMORY when they are made, as much as this, or less where there is less, but a page. */
size_t gyre__buckets_memory(const gyre__keep_t *keep);

gyre_status_t gyre__buckets_append(gyre__buckets_t *buckets, const gyre_batch_t *batch);
/* They stay no longer. */
gyre_status_t gyre__buckets_spill(gyre__buckets_t *buckets);
/* There are no more rows: those that wait come to their runs, and the memory is given back. */
gyre_status_t gyre__buckets_seal(gyre__buckets_t *buckets);

/* The run of a bucket, which is the caller's from then on; NULL: no rows. */
gyre__run_t *gyre__buckets_take(gyre__buckets_t *buckets, int number);

#endif
