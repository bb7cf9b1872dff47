/* SPDX-License-Identifier: Apache-2.0 */
/* Merging of sorted runs to one sorted stream. Rows that are equal come in the order of their runs.
 * No more runs than fan_in are read at once: what is more is merged in the spill before, so what a
 * merge takes is known, a batch of each of fan_in runs and the batch that it makes thrice. */
#ifndef GYRE_BATCH_MERGE_H
#define GYRE_BATCH_MERGE_H

#include "batch/run.h"

#include <gyre/sort.h>

typedef struct gyre__merge gyre__merge_t;

typedef struct gyre__merge_opts {
    const gyre_sort_key_t *keys; /* copied */
    size_t key_count;
    size_t fan_in;        /* 2 at least */
    size_t rows;          /* of a batch that it makes, at most */
    gyre__spill_t *spill; /* NULL: all runs are read at once */
} gyre__merge_opts_t;

gyre_status_t gyre__merge_create(const gyre_schema_t *schema, const gyre__merge_opts_t *opts,
                                 gyre__merge_t **merge);
/* With the runs that it was given. NULL is allowed. */
void gyre__merge_destroy(gyre__merge_t *merge);

/* A sorted run of the schema, which is the merge's from then on. Before the first next. */
gyre_status_t gyre__merge_add(gyre__merge_t *merge, gyre__run_t *run);

/* Bytes that next takes at most while it goes on, but for the batches that it makes. */
size_t gyre__merge_memory(const gyre__merge_t *merge);

/* The next rows, for the caller to release; NULL after the last. After an error it can only be
 * destroyed. */
gyre_status_t gyre__merge_next(gyre__merge_t *merge, const gyre_batch_t **batch);

#endif
