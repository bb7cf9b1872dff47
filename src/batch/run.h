/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: batches of one schema one after the other, in memory or in a spill. */
#ifndef GYRE_BATCH_RUN_H
#define GYRE_BATCH_RUN_H

#include "batch/frame.h"

typedef struct gyre__run {
    const gyre_schema_t *schema;
    gyre__spill_t *spill; /* NULL: in memory */
    gyre__spill_file_t *file;
    size_t rows;
    size_t memory; /* bytes that the largest batch takes, for a reader has one; 0 in memory */
    size_t count, room;
    union {
        const gyre_batch_t **batches;
        gyre__frame_t *frames;
    };
} gyre__run_t;

typedef struct gyre__reader {
    const gyre__run_t *run;
    size_t next;
} gyre__reader_t;

/* In one of the spill's directories, which take turns by number; in memory without a spill. */
gyre_status_t gyre__run_create(gyre__spill_t *spill, size_t number, const gyre_schema_t *schema,
                               gyre__run_t **run);
/* NULL is allowed. */
void gyre__run_destroy(gyre__run_t *run);

/* The batch's rows come last: in memory the batch itself, in a spill as one or more that are no
 * larger than its frames. After an error some may be there. */
gyre_status_t gyre__run_append(gyre__run_t *run, const gyre_batch_t *batch);

/* All batches of a run in memory come last in another, and the run is destroyed. */
gyre_status_t gyre__run_move(gyre__run_t *run, gyre__run_t *from);

/* The next batch, for the caller to release; NULL after the last one. {run, 0} starts at the first;
 * several may read one run. */
gyre_status_t gyre__run_read(gyre__reader_t *reader, const gyre_batch_t **batch);

#endif
