/* SPDX-License-Identifier: Apache-2.0 */
/* Columns: views of buffers, with references to them. A slice is one more view. */
#include "batch/column.h"

#include "base/error.h"
#include "batch/bits.h"
#include "batch/buffer.h"

#include <stdlib.h>

/* What offsets of an empty column point to, which may come without any. */
static const int32_t no_offsets[1];

static size_t count_nulls(const gyre_column_parts_t *parts)
{
    const uint8_t *validity = gyre_buffer_data(parts->validity);
    return validity ? parts->length - gyre__bits_count(validity, parts->offset, parts->length) : 0;
}

static void set_view(gyre_column_t *view, const gyre_field_t *field,
                     const gyre_column_parts_t *parts)
{
    const int32_t *offsets = gyre_buffer_data(parts->offsets);
    const char *values = gyre_buffer_data(parts->values);
    *view = (gyre_column_t){.field = field,
                            .length = parts->length,
                            .offset = parts->offset,
                            .null_count = count_nulls(parts),
                            .values = values,
                            .child_count = field->child_count};
    if (view->null_count > 0)
        view->validity = gyre_buffer_data(parts->validity);
    if (gyre__has_offsets(field->kind))
        view->offsets = offsets ? offsets + parts->offset : no_offsets;
    if (gyre__layout(field->kind) == GYRE__FIXED && values)
        view->values = values + parts->offset * gyre_field_width(field);
}

gyre_status_t gyre__column_make(const gyre_schema_t *owner, const gyre_field_t *field,
                                const gyre_column_parts_t *parts, const gyre_column_t **column)
{
    gyre__column_t *made =
        malloc(sizeof(*made) + field->child_count * sizeof(const gyre_column_t *));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for column \"%s\"", field->name);
    set_view(&made->view, field, parts);
    made->view.children = made->children;
    atomic_init(&made->refs, 1);
    made->owner = gyre_schema_retain(owner);
    made->validity = made->view.validity ? gyre_buffer_retain(parts->validity) : NULL;
    made->offsets = gyre_buffer_retain(parts->offsets);
    made->values = gyre_buffer_retain(parts->values);
    for (size_t i = 0; i < field->child_count; i++)
        made->children[i] = gyre_column_retain(parts->children[i]);
    *column = &made->view;
    return GYRE_OK;
}

gyre_status_t gyre_column_create(const gyre_field_t *field, const gyre_column_parts_t *parts,
                                 const gyre_column_t **column)
{
    const gyre_schema_t *owner;
    if (!field || !parts || !column)
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !field  ? "field"
                           : parts ? "place for the column"
                                   : "parts");
    gyre_status_t status = gyre_schema_create(field, 1, &owner);
    if (status != GYRE_OK)
        return status;
    status = gyre__parts_check(owner->fields, parts);
    if (status == GYRE_OK)
        status = gyre__column_make(owner, owner->fields, parts, column);
    gyre_schema_release(owner);
    return status;
}

const gyre_column_t *gyre_column_retain(const gyre_column_t *column)
{
    if (column)
        atomic_fetch_add_explicit(&((gyre__column_t *)column)->refs, 1, memory_order_relaxed);
    return column;
}

void gyre_column_release(const gyre_column_t *column)
{
    gyre__column_t *made = (gyre__column_t *)column;
    if (!made || atomic_fetch_sub_explicit(&made->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < column->child_count; i++)
        gyre_column_release(made->children[i]);
    gyre_buffer_release(made->validity);
    gyre_buffer_release(made->offsets);
    gyre_buffer_release(made->values);
    gyre_schema_release(made->owner);
    free(made);
}

gyre_status_t gyre_column_slice(const gyre_column_t *column, size_t first, size_t length,
                                const gyre_column_t **slice)
{
    const gyre__column_t *whole = gyre__column(column);
    if (!column || !slice)
        return gyre__error(GYRE_ERR_ARG, "no %s", column ? "place for the slice" : "column");
    if (first > column->length || length > column->length - first)
        return gyre__error(GYRE_ERR_RANGE, "%zu rows from row %zu of a column of %zu", length,
                           first, column->length);
    const gyre_column_parts_t parts = {length,         column->offset + first, whole->validity,
                                       whole->offsets, whole->values,          whole->children};
    return gyre__column_make(whole->owner, column->field, &parts, slice);
}

static bool is_lent(const gyre_column_t *column)
{
    const gyre__column_t *made = gyre__column(column);
    if (gyre__buffer_is_lent(made->validity) || gyre__buffer_is_lent(made->offsets) ||
        gyre__buffer_is_lent(made->values))
        return true;
    for (size_t i = 0; i < column->child_count; i++)
        if (is_lent(column->children[i]))
            return true;
    return false;
}

bool gyre__batch_is_lent(const gyre_batch_t *batch)
{
    for (size_t i = 0; i < batch->schema->field_count; i++)
        if (is_lent(batch->columns[i]))
            return true;
    return false;
}
