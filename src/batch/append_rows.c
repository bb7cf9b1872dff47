/* SPDX-License-Identifier: Apache-2.0 */
/* Appending rows of batches by their numbers: what a partitioner does. Columns of plain values are
 * copied by loops of their own, lists row by row. Rows of children are counted from first. */
#include "base/clones.h"
#include "base/error.h"
#include "batch/bits.h"
#include "batch/builder.h"
#include "batch/column.h"
#include "batch/pick.h"

#include <string.h>

enum { SHORT = 16 }; /* bytes that are copied at once */

static bool is_list(const gyre_builder_t *builder)
{
    return builder->kind == GYRE_KIND_LIST || builder->kind == GYRE_KIND_FIXED_SIZE_LIST;
}

static bool has_null(const gyre_column_t *column, size_t first, const uint32_t *rows, size_t count)
{
    bool all = true;
    for (size_t i = 0; column->validity && i < count; i++)
        all &= gyre_bit(column->validity, column->offset + first + rows[i]);
    return !all;
}

static size_t bytes_of(const gyre_column_t *column, size_t first, const uint32_t *rows,
                       size_t count)
{
    const int32_t *offsets = column->offsets + first;
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += (size_t)(offsets[rows[i] + 1] - offsets[rows[i]]);
    return bytes;
}

void gyre__builder_measure_rows(gyre_builder_t *builder, const gyre_column_t *column, size_t first,
                                const uint32_t *rows, size_t count)
{
    if (is_list(builder)) {
        for (size_t i = 0; i < count; i++)
            gyre__builder_measure(builder, column, first + rows[i], 1);
        return;
    }
    gyre__builder(builder)->wanted =
        (gyre__wanted_t){.rows = count, .nulls = has_null(column, first, rows, count)};
    if (gyre__layout(builder->kind) == GYRE__BYTES)
        gyre__builder(builder)->wanted.bytes = bytes_of(column, first, rows, count);
    for (size_t i = 0; i < builder->child_count; i++)
        gyre__builder_measure_rows(builder->children[i], column->children[i],
                                   column->offset + first, rows, count);
}

static void put_bytes(gyre__builder_t *builder, const gyre_column_t *column, size_t first,
                      const uint32_t *rows, size_t count)
{
    const int32_t *offsets = column->offsets + first;
    const char *from = column->values;
    size_t from_size = gyre_buffer_size(gyre__column(column)->values), at = builder->bytes;
    char *to = gyre_buffer_data(builder->values);
    size_t to_size = gyre_buffer_size(builder->values);
    int32_t *ends = gyre__builder_offsets(builder) + builder->view.length + 1;
    for (size_t i = 0; i < count; i++) {
        size_t start = (size_t)offsets[rows[i]], length = (size_t)offsets[rows[i] + 1] - start;
        if (length <= SHORT && start + SHORT <= from_size && at + SHORT <= to_size)
            memcpy(to + at, from + start, SHORT);
        else if (length > 0)
            memcpy(to + at, from + start, length);
        at += length;
        ends[i] = (int32_t)at;
    }
    builder->bytes = at;
}

void gyre__builder_put_rows(gyre_builder_t *view, const gyre_column_t *column, size_t first,
                            const uint32_t *rows, size_t count)
{
    gyre__builder_t *builder = gyre__builder(view);
    size_t width = gyre_field_width(view->field);
    if (is_list(view)) {
        for (size_t i = 0; i < count; i++)
            gyre__builder_put(view, column, first + rows[i], 1);
        return;
    }
    if (column->validity && builder->validity)
        gyre__pick_bits(gyre_buffer_data(builder->validity), view->length, column->validity,
                        column->offset + first, rows, count);
    switch (gyre__layout(view->kind)) {
    case GYRE__BITS:
        gyre__pick_bits(view->values, view->length, column->values, column->offset + first, rows,
                        count);
        break;
    case GYRE__FIXED:
        gyre__pick((char *)view->values + view->length * width,
                   (const char *)column->values + first * width, width, rows, count, false);
        break;
    case GYRE__BYTES:
        put_bytes(builder, column, first, rows, count);
        break;
    default:
        for (size_t i = 0; i < view->child_count; i++)
            gyre__builder_put_rows(view->children[i], column->children[i], column->offset + first,
                                   rows, count);
    }
    view->length += count;
}

GYRE__CLONES GYRE__OPTIMIZE static uint32_t largest(const uint32_t *rows, size_t count)
{
    uint32_t top = 0;
    for (size_t i = 0; i < count; i++)
        top = rows[i] > top ? rows[i] : top;
    return top;
}

static gyre_status_t check_rows(const gyre_batch_t *batch, const uint32_t *rows, size_t count)
{
    uint32_t top = largest(rows, count);
    if (count == 0 || top < batch->length)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_RANGE, "row %u of a batch of %zu", (unsigned)top, batch->length);
}

gyre_status_t gyre_builder_append_rows(gyre_builder_t *builder, const gyre_batch_t *batch,
                                       const uint32_t *rows, size_t count)
{
    if (!builder || !batch || (!rows && count > 0))
        return gyre__error(GYRE_ERR_ARG, "no %s", !builder ? "builder" : batch ? "rows" : "batch");
    gyre_status_t status = gyre__builder_check_batch(builder, batch);
    if (status == GYRE_OK)
        status = check_rows(batch, rows, count);
    if (status != GYRE_OK || count == 0)
        return status;
    for (size_t i = 0; i < builder->child_count; i++)
        gyre__builder_measure_rows(builder->children[i], batch->columns[i], 0, rows, count);
    status = gyre__builder_make_room(builder);
    if (status != GYRE_OK)
        return status;
    for (size_t i = 0; i < builder->child_count; i++)
        gyre__builder_put_rows(builder->children[i], batch->columns[i], 0, rows, count);
    if (builder->child_count == 0)
        builder->length += count;
    return GYRE_OK;
}
