/* SPDX-License-Identifier: Apache-2.0 */
/* Which range of an order goes to which target: bounds from samples. Sources first hold what they
 * are given, until there is enough of it, or they have come to a barrier or their end. Every worker
 * with sources then sends some rows to all others, so that all find the same bounds. */
#ifndef GYRE_DATAFLOW_RANGE_H
#define GYRE_DATAFLOW_RANGE_H

#include "dataflow/operator.h"

gyre_status_t gyre__range_open(gyre_operator_t *op);
void gyre__range_close(gyre_operator_t *op);
/* For the next run, which finds bounds of its own. */
void gyre__range_reset(gyre_operator_t *op);

/* What a source has inserted: held until there are bounds, and then partitioned. */
gyre_status_t gyre__range_push(gyre_operator_t *op, gyre__source_t *source);

/* A worker's samples; the parcel is released. */
gyre_status_t gyre__range_hear(gyre_operator_t *op, gyre__parcel_t *parcel);

/* Whether there are bounds. */
bool gyre__range_is_ready(const gyre_operator_t *op);

/* The targets of rows, when there are bounds. */
gyre_status_t gyre__range_choose(gyre_operator_t *op, const gyre_batch_t *batch, size_t first,
                                 size_t count);

#endif
