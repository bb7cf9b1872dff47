/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind a builder. Appending is in two steps: make room, which may fail and changes no
 * content, then put, which cannot. */
#ifndef GYRE_BATCH_BUILDER_H
#define GYRE_BATCH_BUILDER_H

#include "batch/kind.h"

#include <gyre/batch.h>

/* What rows that are to come need. */
typedef struct gyre__wanted {
    size_t rows, bytes;
    bool nulls;
} gyre__wanted_t;

typedef struct gyre__builder {
    gyre_builder_t view;
    const gyre_schema_t *owner; /* of the field, or of the fields of the root */
    gyre_field_t root;          /* of a builder of batches */
    gyre_allocator_t own;
    const gyre_allocator_t *allocator;
    gyre_buffer_t *validity; /* NULL until the first null; then 1 wherever there is no row yet */
    gyre_buffer_t *offsets, *values;
    size_t bytes; /* of strings and binaries */
    gyre__wanted_t wanted;
    bool nested; /* no column of a batch: under a null, rows may be null even where required */
    gyre_builder_t *children[];
} gyre__builder_t;

static inline gyre__builder_t *gyre__builder(const gyre_builder_t *builder)
{
    return (gyre__builder_t *)builder;
}

/* Room for rows more, of this builder alone; for bytes more. */
gyre_status_t gyre__builder_room(gyre__builder_t *builder, size_t rows);
gyre_status_t gyre__builder_room_bytes(gyre__builder_t *builder, size_t bytes);
/* A bitmap of nulls. */
gyre_status_t gyre__builder_room_nulls(gyre__builder_t *builder);

/* Rows of columns, which must be of the builder's type: measure all that are to come, make room,
 * put them. Making room forgets the measures and may fail; putting cannot. */
void gyre__builder_measure(gyre_builder_t *builder, const gyre_column_t *column, size_t first,
                           size_t count);
gyre_status_t gyre__builder_make_room(gyre_builder_t *builder);
void gyre__builder_put(gyre_builder_t *builder, const gyre_column_t *column, size_t first,
                       size_t count);

/* The same for a builder of batches. GYRE_ERR_ARG: the batch is of other types. */
gyre_status_t gyre__builder_check_batch(const gyre_builder_t *builder, const gyre_batch_t *batch);
void gyre__builder_measure_batch(gyre_builder_t *builder, const gyre_batch_t *batch, size_t first,
                                 size_t count);
void gyre__builder_put_batch(gyre_builder_t *builder, const gyre_batch_t *batch, size_t first,
                             size_t count);

static inline int32_t *gyre__builder_offsets(const gyre__builder_t *builder)
{
    return gyre_buffer_data(builder->offsets);
}

/* No rows, but the memory for them; not for nulls. Bytes of all its memory; those that making room
 * for what was measured would take, until what has grown is given back. It forgets the measures. */
void gyre__builder_clear(gyre_builder_t *builder);
size_t gyre__builder_bytes(const gyre_builder_t *builder);
size_t gyre__builder_growth(gyre_builder_t *builder);
/* Bytes of its rows alone, but for bitmaps. */
size_t gyre__builder_used(const gyre_builder_t *builder);

/* Measuring and putting rows by their numbers, which are counted from first. */
void gyre__builder_measure_rows(gyre_builder_t *builder, const gyre_column_t *column, size_t first,
                                const uint32_t *rows, size_t count);
void gyre__builder_put_rows(gyre_builder_t *builder, const gyre_column_t *column, size_t first,
                            const uint32_t *rows, size_t count);

#endif
