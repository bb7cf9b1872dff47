/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind a column: the references that keep its memory. */
#ifndef GYRE_BATCH_COLUMN_H
#define GYRE_BATCH_COLUMN_H

#include "batch/kind.h"

#include <gyre/batch.h>
#include <stdatomic.h>

typedef struct gyre__column {
    gyre_column_t view;
    atomic_uint refs;
    const gyre_schema_t *owner; /* of the field */
    gyre_buffer_t *validity, *offsets, *values;
    const gyre_column_t *children[];
} gyre__column_t;

static inline const gyre__column_t *gyre__column(const gyre_column_t *column)
{
    return (const gyre__column_t *)column;
}

/* A column over parts that are known to be right, with references of its own to them. */
gyre_status_t gyre__column_make(const gyre_schema_t *owner, const gyre_field_t *field,
                                const gyre_column_parts_t *parts, const gyre_column_t **column);

/* GYRE_ERR_SYNTAX unless all that the column would show lies inside of its parts. The children are
 * right in themselves. */
gyre_status_t gyre__parts_check(const gyre_field_t *field, const gyre_column_parts_t *parts);

/* The memory that rows take. */
size_t gyre__column_bytes(const gyre_column_t *column, size_t first, size_t count);

/* Whether any of its memory is lent. */
bool gyre__batch_is_lent(const gyre_batch_t *batch);

/* Row of children for row of a column. */
static inline size_t gyre__child_row(const gyre_column_t *column, size_t row)
{
    switch (gyre__layout(column->field->kind)) {
    case GYRE__LIST:
        return (size_t)column->offsets[row];
    case GYRE__FIXED_LIST:
        return (column->offset + row) * (size_t)column->field->size;
    default:
        return column->offset + row;
    }
}

#endif
