/* SPDX-License-Identifier: Apache-2.0 */
/* What a target keeps, and is given when all sources have finished, or, in a stream, have come to
 * a barrier: then a round ends, and it keeps the next. Each kind of keep is a file of its own.
 * Beyond GYRE_MEMORY they go on in the operator's spill. */
#ifndef GYRE_DATAFLOW_KEEP_H
#define GYRE_DATAFLOW_KEEP_H

#include "batch/run.h"

#include <gyre/operator.h>

typedef struct gyre__keep gyre__keep_t;

typedef struct gyre__keep_kind {
    /* Rows that came in by a side, from a source. GYRE_IN_PROGRESS: to be called again with the
     * same. */
    gyre_status_t (*take)(gyre__keep_t *keep, int side, int source, const gyre_batch_t *batch);
    /* All is in. The next that the target gets, for the caller to release, and the source that it
     * came from, where it is one; NULL: there is no more. GYRE_IN_PROGRESS: to be called again. */
    gyre_status_t (*next)(gyre__keep_t *keep, int *source, const gyre_batch_t **batch);
    /* Empties it, for the next round or run. */
    gyre_status_t (*clear)(gyre__keep_t *keep);
    void (*destroy)(gyre__keep_t *keep);
    /* NULL, or: nothing comes just now, so it may do what it would have to do soon. */
    gyre_status_t (*lull)(gyre__keep_t *keep);
} gyre__keep_kind_t;

/* What all keeps begin with. */
struct gyre__keep {
    const gyre__keep_kind_t *kind;
    gyre_operator_t *op;
};

/* The operator's spill, made at the first need. */
gyre_status_t gyre__keep_spill(gyre__keep_t *keep, gyre__spill_t **spill);
/* A run there. */
gyre_status_t gyre__keep_run(gyre__keep_t *keep, const gyre_schema_t *schema, gyre__run_t **run);
/* A run in memory becomes one there. */
gyre_status_t gyre__keep_spill_run(gyre__keep_t *keep, gyre__run_t **run);

/* How many runs of the spill a merge may read at once. */
size_t gyre__keep_fan_in(const gyre__keep_t *keep);

/* One for a target. groups.c: partial results, merged by key; total.c: without keys. rows.c: rows
 * as they come. sorted.c: rows in order. join_hash.c, join_sort.c: rows of two sides. */
gyre_status_t gyre__groups_create(gyre_operator_t *op, gyre__keep_t **keep);
gyre_status_t gyre__total_create(gyre_operator_t *op, gyre__keep_t **keep);
gyre_status_t gyre__rows_create(gyre_operator_t *op, gyre__keep_t **keep);
gyre_status_t gyre__sorted_create(gyre_operator_t *op, gyre__keep_t **keep);
gyre_status_t gyre__join_hash_create(gyre_operator_t *op, gyre__keep_t **keep);
gyre_status_t gyre__join_sort_create(gyre_operator_t *op, gyre__keep_t **keep);

#endif
