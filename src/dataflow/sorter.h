/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts rows of any number. What memory does not hold is sorted run by run in the spill, and merged
 * at the end. Rows that are equal come in the order in which they were added. */
#ifndef GYRE_DATAFLOW_SORTER_H
#define GYRE_DATAFLOW_SORTER_H

#include "dataflow/keep.h"

#include <gyre/sort.h>

typedef struct gyre__sorter gyre__sorter_t;

/* keys live as long as it. */
gyre_status_t gyre__sorter_create(gyre__keep_t *keep, const gyre_schema_t *schema,
                                  const gyre_sort_key_t *keys, size_t key_count,
                                  gyre__sorter_t **sorter);
/* NULL is allowed. */
void gyre__sorter_destroy(gyre__sorter_t *sorter);

gyre_status_t gyre__sorter_add(gyre__sorter_t *sorter, const gyre_batch_t *batch);
/* Whether memory has room for the batch, too; bytes of the rows that are there; they go to the
 * spill, for others to have the room. */
bool gyre__sorter_room(gyre__sorter_t *sorter, const gyre_batch_t *batch);
size_t gyre__sorter_bytes(const gyre__sorter_t *sorter);
gyre_status_t gyre__sorter_spill(gyre__sorter_t *sorter);
/* Nothing is added just now. */
gyre_status_t gyre__sorter_lull(gyre__sorter_t *sorter);

/* No more is added: the next rows in order, for the caller to release; NULL: there are no more. */
gyre_status_t gyre__sorter_next(gyre__sorter_t *sorter, const gyre_batch_t **batch);
/* Forgets all rows. */
void gyre__sorter_clear(gyre__sorter_t *sorter);

#endif
