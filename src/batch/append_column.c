/* SPDX-License-Identifier: Apache-2.0 */
/* Appending rows of columns to builders: runs of values are copied whole, offsets are moved. */
#include "base/error.h"
#include "batch/bits.h"
#include "batch/builder.h"
#include "batch/column.h"

#include <string.h>

/* Rows of children that count rows of a column from first take. */
static size_t child_count(const gyre_column_t *column, size_t first, size_t count)
{
    switch (gyre__layout(column->field->kind)) {
    case GYRE__LIST:
        return (size_t)(column->offsets[first + count] - column->offsets[first]);
    case GYRE__FIXED_LIST:
        return count * (size_t)column->field->size;
    default:
        return count;
    }
}

static bool has_null(const gyre_column_t *column, size_t first, size_t count)
{
    return column->validity &&
           gyre__bits_count(column->validity, column->offset + first, count) < count;
}

/* Sums that no memory could hold stay at the top. */
static void add(size_t *sum, size_t more)
{
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = SIZE_MAX;
}

void gyre__builder_measure(gyre_builder_t *view, const gyre_column_t *column, size_t first,
                           size_t count)
{
    gyre__wanted_t *wanted = &gyre__builder(view)->wanted;
    size_t items = child_count(column, first, count);
    add(&wanted->rows, count);
    if (gyre__layout(view->kind) == GYRE__BYTES)
        add(&wanted->bytes, (size_t)(column->offsets[first + count] - column->offsets[first]));
    wanted->nulls |= has_null(column, first, count);
    for (size_t i = 0; items > 0 && i < view->child_count; i++)
        gyre__builder_measure(view->children[i], column->children[i],
                              gyre__child_row(column, first), items);
}

/* Offsets lead into this many rows at most. */
static gyre_status_t check_items(const gyre_builder_t *view)
{
    const gyre_builder_t *child = view->children[0];
    size_t more = gyre__builder(child)->wanted.rows;
    if (child->length <= INT32_MAX && more <= INT32_MAX - child->length)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_RANGE,
                       "column \"%s\" has %zu items: %zu more would exceed 2^31 - 1",
                       view->field->name, child->length, more);
}

static void forget(gyre_builder_t *view)
{
    gyre__builder(view)->wanted = (gyre__wanted_t){0};
    for (size_t i = 0; i < view->child_count; i++)
        forget(view->children[i]);
}

gyre_status_t gyre__builder_make_room(gyre_builder_t *view)
{
    gyre__builder_t *builder = gyre__builder(view);
    const gyre__wanted_t wanted = builder->wanted;
    builder->wanted = (gyre__wanted_t){0};
    gyre_status_t status = gyre__builder_room(builder, wanted.rows);
    if (wanted.nulls && view->field->required && !builder->nested)
        status = gyre__error(GYRE_ERR_ARG, "column \"%s\" is required: it takes no null",
                             view->field->name);
    if (status == GYRE_OK && wanted.nulls)
        status = gyre__builder_room_nulls(builder);
    if (status == GYRE_OK && wanted.bytes > 0)
        status = gyre__builder_room_bytes(builder, wanted.bytes);
    if (status == GYRE_OK && view->kind == GYRE_KIND_LIST)
        status = check_items(view);
    for (size_t i = 0; i < view->child_count; i++) {
        if (status == GYRE_OK)
            status = gyre__builder_make_room(view->children[i]);
        else
            forget(view->children[i]);
    }
    return status;
}

/* count offsets after from[0], each as far from base as it was from from[0]. */
static void put_offsets(int32_t *to, int32_t base, const int32_t *from, size_t count)
{
    int32_t shift = base - from[0];
    for (size_t i = 1; i <= count; i++)
        to[i] = from[i] + shift;
}

void gyre__builder_put(gyre_builder_t *view, const gyre_column_t *column, size_t first,
                       size_t count)
{
    gyre__builder_t *builder = gyre__builder(view);
    size_t width = gyre_field_width(view->field), length = view->length;
    int32_t *offsets = gyre__builder_offsets(builder);
    const int32_t *from = column->offsets + (column->offsets ? first : 0);
    size_t bytes;
    if (has_null(column, first, count))
        gyre__bits_copy(gyre_buffer_data(builder->validity), length, column->validity,
                        column->offset + first, count);
    switch (gyre__layout(view->kind)) {
    case GYRE__BITS:
        gyre__bits_copy(view->values, length, column->values, column->offset + first, count);
        break;
    case GYRE__FIXED:
        memcpy((char *)view->values + length * width, (const char *)column->values + first * width,
               count * width);
        break;
    case GYRE__BYTES:
        bytes = (size_t)(from[count] - from[0]);
        put_offsets(offsets + length, offsets[length], from, count);
        if (bytes > 0)
            memcpy((char *)gyre_buffer_data(builder->values) + builder->bytes,
                   (const char *)column->values + from[0], bytes);
        builder->bytes += bytes;
        break;
    case GYRE__LIST:
        put_offsets(offsets + length, offsets[length], from, count);
        break;
    default:
        break;
    }
    for (size_t i = 0; i < view->child_count; i++) {
        size_t items = child_count(column, first, count);
        if (items > 0)
            gyre__builder_put(view->children[i], column->children[i],
                              gyre__child_row(column, first), items);
    }
    view->length += count;
}

static gyre_status_t check_range(const gyre_builder_t *builder, size_t length, size_t first,
                                 size_t count)
{
    if (first > length || count > length - first)
        return gyre__error(GYRE_ERR_RANGE, "%zu rows from row %zu of %zu for column \"%s\"", count,
                           first, length, builder->field->name);
    return GYRE_OK;
}

static gyre_status_t check_alike(const gyre_builder_t *builder, const gyre_column_t *column)
{
    if (gyre_field_alike(builder->field, column->field))
        return GYRE_OK;
    return gyre__error(GYRE_ERR_ARG, "column \"%s\", a %s, cannot take rows of \"%s\", a %s",
                       builder->field->name, gyre_kind_name(builder->kind), column->field->name,
                       gyre_kind_name(column->field->kind));
}

gyre_status_t gyre_builder_append_column(gyre_builder_t *builder, const gyre_column_t *column,
                                         size_t first, size_t count)
{
    if (!builder || !column)
        return gyre__error(GYRE_ERR_ARG, "no %s", builder ? "column" : "builder");
    gyre_status_t status = check_alike(builder, column);
    if (status == GYRE_OK)
        status = check_range(builder, column->length, first, count);
    if (status != GYRE_OK || count == 0)
        return status;
    gyre__builder_measure(builder, column, first, count);
    status = gyre__builder_make_room(builder);
    if (status == GYRE_OK)
        gyre__builder_put(builder, column, first, count);
    return status;
}

gyre_status_t gyre__builder_check_batch(const gyre_builder_t *builder, const gyre_batch_t *batch)
{
    gyre_status_t status = GYRE_OK;
    if (builder->field != &gyre__builder(builder)->root ||
        builder->child_count != batch->schema->field_count)
        return gyre__error(GYRE_ERR_ARG, "a batch of %zu columns for a builder of %s",
                           batch->schema->field_count,
                           builder->field->name[0] ? builder->field->name : "others");
    for (size_t i = 0; status == GYRE_OK && i < builder->child_count; i++)
        status = check_alike(builder->children[i], batch->columns[i]);
    return status;
}

void gyre__builder_measure_batch(gyre_builder_t *builder, const gyre_batch_t *batch, size_t first,
                                 size_t count)
{
    for (size_t i = 0; count > 0 && i < builder->child_count; i++)
        gyre__builder_measure(builder->children[i], batch->columns[i], first, count);
}

void gyre__builder_put_batch(gyre_builder_t *builder, const gyre_batch_t *batch, size_t first,
                             size_t count)
{
    for (size_t i = 0; count > 0 && i < builder->child_count; i++)
        gyre__builder_put(builder->children[i], batch->columns[i], first, count);
    if (builder->child_count == 0)
        builder->length += count;
}

gyre_status_t gyre_builder_append_batch(gyre_builder_t *builder, const gyre_batch_t *batch,
                                        size_t first, size_t count)
{
    if (!builder || !batch)
        return gyre__error(GYRE_ERR_ARG, "no %s", builder ? "batch" : "builder");
    gyre_status_t status = gyre__builder_check_batch(builder, batch);
    if (status == GYRE_OK)
        status = check_range(builder, batch->length, first, count);
    if (status != GYRE_OK)
        return status;
    gyre__builder_measure_batch(builder, batch, first, count);
    status = gyre__builder_make_room(builder);
    if (status == GYRE_OK)
        gyre__builder_put_batch(builder, batch, first, count);
    return status;
}
