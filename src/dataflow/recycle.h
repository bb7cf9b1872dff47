/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is used again and again by one operator: an allocator of batches that keeps what is
 * given back, by powers of two. Fresh memory would cost more than what is done with it, for the
 * kernel clears every page. Not thread-safe. */
#ifndef GYRE_DATAFLOW_RECYCLE_H
#define GYRE_DATAFLOW_RECYCLE_H

#include <gyre/batch.h>

typedef struct gyre__recycle {
    gyre_allocator_t allocator;      /* arg is this */
    struct gyre__recycled *kept[64]; /* by the logarithm of their size */
} gyre__recycle_t;

void gyre__recycle_init(gyre__recycle_t *recycle);
/* All must have been given back. */
void gyre__recycle_cleanup(gyre__recycle_t *recycle);

#endif
