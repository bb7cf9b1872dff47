/* SPDX-License-Identifier: Apache-2.0 */
/* Taking rows that are known to be there. */
#ifndef GYRE_BATCH_TAKE_H
#define GYRE_BATCH_TAKE_H

#include <gyre/batch.h>

/* The numbers of rows to take. */
typedef struct gyre__rows {
    const uint32_t *rows;
    size_t count;
    bool gaps; /* some are GYRE_NO_ROW */
    const gyre_allocator_t *allocator;
} gyre__rows_t;

/* All rows below length or GYRE_NO_ROW; for a column, whose nulls are made unless its field is
 * required. */
gyre_status_t gyre__take(const gyre_column_t *column, const gyre__rows_t *rows,
                         const gyre_column_t **taken);
gyre_status_t gyre__take_batch(const gyre_batch_t *batch, const gyre__rows_t *rows,
                               const gyre_batch_t **taken);

/* The same for strings and binaries: offsets and values of the rows. */
gyre_status_t gyre__take_bytes(const gyre_column_t *column, const gyre__rows_t *rows,
                               gyre_buffer_t **offsets, gyre_buffer_t **values);

#endif
