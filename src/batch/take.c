/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by their numbers. The numbers are checked once for all columns; then each column is copied
 * by a loop for the width of its values. */
#include "batch/take.h"

#include "base/error.h"
#include "batch/bits.h"
#include "batch/column.h"
#include "batch/pick.h"

#include <stdlib.h>
#include <string.h>

/* Bits of the rows; of no row none. bits NULL: 1 for every row. */
static void take_bits(uint8_t *to, const uint8_t *bits, size_t offset, const gyre__rows_t *rows)
{
    for (size_t done = 0; done < rows->count; done += 64) {
        size_t part = rows->count - done < 64 ? rows->count - done : 64;
        uint64_t word = 0;
        for (size_t i = 0; i < part; i++) {
            uint32_t row = rows->rows[done + i];
            bool bit = row != GYRE_NO_ROW && (!bits || gyre_bit(bits, offset + row));
            word |= (uint64_t)bit << i;
        }
        memcpy(to + done / 8, &word, sizeof(word));
    }
}

/* Whole words are written. */
static gyre_status_t take_bit_buffer(const uint8_t *bits, size_t offset, const gyre__rows_t *rows,
                                     gyre_buffer_t **buffer)
{
    gyre_status_t status =
        gyre_buffer_create(rows->allocator, gyre__bits_bytes(rows->count) + 7, buffer);
    if (status == GYRE_OK)
        take_bits(gyre_buffer_data(*buffer), bits, offset, rows);
    return status;
}

static gyre_status_t take_fixed(const gyre_column_t *column, const gyre__rows_t *rows,
                                gyre_buffer_t **values)
{
    size_t width = gyre_field_width(column->field), size;
    if (__builtin_mul_overflow(rows->count, width, &size))
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu rows of column \"%s\"",
                           rows->count, column->field->name);
    gyre_status_t status = gyre_buffer_create(rows->allocator, size, values);
    if (status == GYRE_OK)
        gyre__pick(gyre_buffer_data(*values), column->values, width, rows->rows, rows->count,
                   rows->gaps);
    return status;
}

/* The rows of the child that the rows of a fixed-size list take. */
static gyre_status_t take_fixed_list(const gyre_column_t *column, const gyre__rows_t *rows,
                                     const gyre_column_t **items)
{
    size_t size = (size_t)column->field->size, count;
    if (column->children[0]->length >= GYRE_NO_ROW ||
        __builtin_mul_overflow(rows->count, size, &count))
        return gyre__error(GYRE_ERR_RANGE, "column \"%s\" has %zu items: at most 2^32 - 2",
                           column->field->name, column->children[0]->length);
    uint32_t *numbers = calloc(count + 1, sizeof(*numbers));
    if (!numbers)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the numbers of %zu rows", count);
    for (size_t i = 0; i < rows->count; i++) {
        bool none = rows->rows[i] == GYRE_NO_ROW;
        size_t first = none ? 0 : gyre__child_row(column, rows->rows[i]);
        for (size_t k = 0; k < size; k++)
            numbers[i * size + k] = none ? GYRE_NO_ROW : (uint32_t)(first + k);
    }
    const gyre__rows_t wanted = {numbers, count, rows->gaps, rows->allocator};
    gyre_status_t status = gyre__take(column->children[0], &wanted, items);
    free(numbers);
    return status;
}

static size_t items_of(const gyre_column_t *column, uint32_t row)
{
    return row == GYRE_NO_ROW ? 0 : (size_t)(column->offsets[row + 1] - column->offsets[row]);
}

static gyre_status_t take_list_items(const gyre_column_t *column, const gyre__rows_t *rows,
                                     size_t count, const gyre_column_t **items)
{
    size_t at = 0;
    uint32_t *numbers = calloc(count + 1, sizeof(*numbers));
    if (!numbers)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the numbers of %zu rows", count);
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0, n = items_of(column, rows->rows[i]); k < n; k++)
            numbers[at++] = (uint32_t)column->offsets[rows->rows[i]] + (uint32_t)k;
    const gyre__rows_t wanted = {numbers, count, false, rows->allocator};
    gyre_status_t status = gyre__take(column->children[0], &wanted, items);
    free(numbers);
    return status;
}

static gyre_status_t take_list(const gyre_column_t *column, const gyre__rows_t *rows,
                               gyre_buffer_t **offsets, const gyre_column_t **items)
{
    size_t count = 0;
    gyre_status_t status =
        gyre_buffer_create(rows->allocator, (rows->count + 1) * sizeof(int32_t), offsets);
    if (status != GYRE_OK)
        return status;
    int32_t *ends = gyre_buffer_data(*offsets);
    for (size_t i = 0; i < rows->count && count <= INT32_MAX; i++) {
        ends[i] = (int32_t)count;
        count += items_of(column, rows->rows[i]);
    }
    if (count > INT32_MAX)
        return gyre__error(GYRE_ERR_RANGE, "rows of column \"%s\" have more than 2^31 - 1 items",
                           column->field->name);
    ends[rows->count] = (int32_t)count;
    return take_list_items(column, rows, count, items);
}

static gyre_status_t take_struct(const gyre_column_t *column, const gyre__rows_t *rows,
                                 const gyre_column_t **children)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < column->child_count; i++) {
        const gyre_column_t *child;
        status = gyre_column_slice(column->children[i], column->offset, column->length, &child);
        if (status != GYRE_OK)
            break;
        status = gyre__take(child, rows, &children[i]);
        gyre_column_release(child);
    }
    return status;
}

static gyre_status_t take_parts(const gyre_column_t *column, const gyre__rows_t *rows,
                                gyre_column_parts_t *parts, const gyre_column_t **children)
{
    switch (gyre__layout(column->field->kind)) {
    case GYRE__BITS:
        return take_bit_buffer(column->values, column->offset, rows, &parts->values);
    case GYRE__FIXED:
        return take_fixed(column, rows, &parts->values);
    case GYRE__BYTES:
        return gyre__take_bytes(column, rows, &parts->offsets, &parts->values);
    case GYRE__LIST:
        return take_list(column, rows, &parts->offsets, children);
    case GYRE__FIXED_LIST:
        return take_fixed_list(column, rows, children);
    default:
        return take_struct(column, rows, children);
    }
}

gyre_status_t gyre__take(const gyre_column_t *column, const gyre__rows_t *rows,
                         const gyre_column_t **taken)
{
    const gyre_column_t **children = calloc(column->child_count + 1, sizeof(*children));
    gyre_column_parts_t parts = {.length = rows->count, .children = children};
    gyre_status_t status = GYRE_OK;
    if (!children)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for column \"%s\"", column->field->name);
    if (column->validity || (rows->gaps && !column->field->required))
        status = take_bit_buffer(column->validity, column->offset, rows, &parts.validity);
    if (status == GYRE_OK)
        status = take_parts(column, rows, &parts, children);
    if (status == GYRE_OK)
        status = gyre__column_make(gyre__column(column)->owner, column->field, &parts, taken);
    for (size_t i = 0; i < column->child_count; i++)
        gyre_column_release(children[i]);
    free(children);
    gyre_buffer_release(parts.validity);
    gyre_buffer_release(parts.offsets);
    gyre_buffer_release(parts.values);
    return status;
}

gyre_status_t gyre__take_batch(const gyre_batch_t *batch, const gyre__rows_t *rows,
                               const gyre_batch_t **taken)
{
    size_t count = batch->schema->field_count;
    const gyre_column_t **columns = calloc(count + 1, sizeof(*columns));
    gyre_status_t status = GYRE_OK;
    if (!columns)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a batch of %zu columns", count);
    for (size_t i = 0; status == GYRE_OK && i < count; i++)
        status = gyre__take(batch->columns[i], rows, &columns[i]);
    if (status == GYRE_OK)
        status = gyre_batch_create(batch->schema, rows->count, columns, taken);
    for (size_t i = 0; i < count; i++)
        gyre_column_release(columns[i]);
    free(columns);
    return status;
}

/* Looks at all numbers without a branch. */
static gyre_status_t check_rows(gyre__rows_t *rows, size_t length)
{
    bool gaps = false, beyond = false;
    for (size_t i = 0; i < rows->count; i++) {
        gaps |= rows->rows[i] == GYRE_NO_ROW;
        beyond |= rows->rows[i] >= length && rows->rows[i] != GYRE_NO_ROW;
    }
    rows->gaps = gaps;
    if (!beyond)
        return GYRE_OK;
    size_t i = 0;
    while (rows->rows[i] < length || rows->rows[i] == GYRE_NO_ROW)
        i++;
    return gyre__error(GYRE_ERR_RANGE, "number %zu is row %u of %zu", i, (unsigned)rows->rows[i],
                       length);
}

static gyre_status_t check_gaps(const gyre__rows_t *rows, const gyre_field_t *field)
{
    if (!rows->gaps || !field->required)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_ARG, "column \"%s\" is required: it has no row of nulls",
                       field->name);
}

gyre_status_t gyre_column_take(const gyre_column_t *column, const uint32_t *rows, size_t count,
                               const gyre_allocator_t *allocator, const gyre_column_t **taken)
{
    gyre__rows_t wanted = {rows, count, false, allocator};
    if (!column || (!rows && count > 0) || !taken)
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !column ? "column"
                           : taken ? "rows"
                                   : "place for the column");
    gyre_status_t status = check_rows(&wanted, column->length);
    if (status == GYRE_OK)
        status = check_gaps(&wanted, column->field);
    return status == GYRE_OK ? gyre__take(column, &wanted, taken) : status;
}

gyre_status_t gyre_batch_take(const gyre_batch_t *batch, const uint32_t *rows, size_t count,
                              const gyre_allocator_t *allocator, const gyre_batch_t **taken)
{
    gyre__rows_t wanted = {rows, count, false, allocator};
    if (!batch || (!rows && count > 0) || !taken)
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !batch  ? "batch"
                           : taken ? "rows"
                                   : "place for the batch");
    gyre_status_t status = check_rows(&wanted, batch->length);
    for (size_t i = 0; status == GYRE_OK && i < batch->schema->field_count; i++)
        status = check_gaps(&wanted, &batch->schema->fields[i]);
    return status == GYRE_OK ? gyre__take_batch(batch, &wanted, taken) : status;
}
