/* SPDX-License-Identifier: Apache-2.0 */
/* A message that is made where it will be read: rows of values of fixed width, none of them null,
 * are written into their columns' places, which follow from how many rows the memory has room for.
 * What gyre_batch_pack would make of the same rows are the same bytes. */
#ifndef GYRE_BATCH_SHEET_H
#define GYRE_BATCH_SHEET_H

#include <gyre/batch.h>

typedef struct gyre__sheet {
    const gyre_schema_t *schema; /* borrowed */
    char *data;
    size_t rows, room;
} gyre__sheet_t;

/* Rows of the schema that fit into so many bytes; 0: none, or not all columns are of fixed width.
 */
size_t gyre__sheet_room(const gyre_schema_t *schema, size_t length);

/* Whether the batch has no nulls. */
bool gyre__sheet_takes(const gyre_batch_t *batch);

/* Adds rows of a batch of the same types by their numbers, which exist. There must be room. */
void gyre__sheet_put(gyre__sheet_t *sheet, const gyre_batch_t *batch, const uint32_t *rows,
                     size_t count);

/* Moves the columns together, and gives the message's length. There is a row at least. */
size_t gyre__sheet_end(gyre__sheet_t *sheet);

#endif
