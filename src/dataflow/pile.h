/* SPDX-License-Identifier: Apache-2.0 */
/* Rows copied out of the pages that they came in, to be kept in memory, in as few batches as
 * possible: columns of strings end at 2 GiB. */
#ifndef GYRE_DATAFLOW_PILE_H
#define GYRE_DATAFLOW_PILE_H

#include "batch/run.h"

typedef struct gyre__pile {
    gyre_builder_t *builder;
    gyre__run_t *run; /* what came before, in memory */
    size_t filled;    /* bytes of the builder's rows */
    size_t bytes;     /* of all rows */
} gyre__pile_t;

gyre_status_t gyre__pile_init(gyre__pile_t *pile, const gyre_schema_t *schema);
/* Of zeros, too. */
void gyre__pile_cleanup(gyre__pile_t *pile);

gyre_status_t gyre__pile_append(gyre__pile_t *pile, const gyre_batch_t *batch);
/* The run with all rows, which is the caller's from then on; the pile is empty. */
gyre_status_t gyre__pile_take(gyre__pile_t *pile, gyre__run_t **run);

#endif
