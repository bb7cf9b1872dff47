/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind a builder. Appending is in two steps: make room, which may fail and changes no
 * content, then put, which cannot. */
#ifndef GYRE_BATCH_BUILDER_H
#define GYRE_BATCH_BUILDER_H

#include "batch/kind.h"

#include <gyre/batch.h>

typedef struct gyre__builder {
    gyre_builder_t view;
    const gyre_schema_t *owner; /* of the field, or of the fields of the root */
    gyre_field_t root;          /* of a builder of batches */
    gyre_allocator_t own;
    const gyre_allocator_t *allocator;
    gyre_buffer_t *validity; /* NULL until the first null; then 1 wherever there is no row yet */
    gyre_buffer_t *offsets, *values;
    size_t bytes; /* of strings and binaries */
    gyre_builder_t *children[];
} gyre__builder_t;

static inline gyre__builder_t *gyre__builder(const gyre_builder_t *builder)
{
    return (gyre__builder_t *)builder;
}

/* Room for rows more, of this builder alone; for bytes more. */
gyre_status_t gyre__builder_room(gyre__builder_t *builder, size_t rows);
gyre_status_t gyre__builder_room_bytes(gyre__builder_t *builder, size_t bytes);
/* A bitmap of nulls. GYRE_ERR_ARG: the field is required. */
gyre_status_t gyre__builder_room_nulls(gyre__builder_t *builder);

static inline int32_t *gyre__builder_offsets(const gyre__builder_t *builder)
{
    return gyre_buffer_data(builder->offsets);
}

#endif
