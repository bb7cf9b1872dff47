/* SPDX-License-Identifier: Apache-2.0 */
/* Strings by their rows' numbers. Most are short: those are copied as blocks of one size, where
 * source and target have room beyond them. */
#include "base/error.h"
#include "batch/column.h"
#include "batch/take.h"

#include <string.h>

enum { BLOCK = 16 };

static size_t length_of(const int32_t *offsets, uint32_t row)
{
    return row == GYRE_NO_ROW ? 0 : (size_t)(offsets[row + 1] - offsets[row]);
}

static gyre_status_t take_offsets(const gyre_column_t *column, const gyre__rows_t *rows,
                                  int32_t *ends, size_t *total)
{
    size_t sum = 0;
    for (size_t i = 0; i < rows->count; i++) {
        ends[i] = (int32_t)sum;
        sum += length_of(column->offsets, rows->rows[i]);
        if (sum > INT32_MAX)
            return gyre__error(GYRE_ERR_RANGE, "rows of column \"%s\" exceed 2^31 - 1 bytes",
                               column->field->name);
    }
    ends[rows->count] = (int32_t)sum;
    *total = sum;
    return GYRE_OK;
}

/* to has room for a block beyond its last byte; of from, size bytes may be read. */
static void copy(char *restrict to, const int32_t *ends, const gyre_column_t *column,
                 const gyre__rows_t *rows, size_t size)
{
    const char *restrict from = column->values;
    for (size_t i = 0; i < rows->count; i++) {
        size_t length = (size_t)(ends[i + 1] - ends[i]);
        if (length == 0)
            continue;
        size_t at = (size_t)column->offsets[rows->rows[i]];
        if (length <= BLOCK && at + BLOCK <= size)
            memcpy(to + ends[i], from + at, BLOCK);
        else
            memcpy(to + ends[i], from + at, length);
    }
}

gyre_status_t gyre__take_bytes(const gyre_column_t *column, const gyre__rows_t *rows,
                               gyre_buffer_t **offsets, gyre_buffer_t **values)
{
    size_t total = 0;
    gyre_status_t status =
        gyre_buffer_create(rows->allocator, (rows->count + 1) * sizeof(int32_t), offsets);
    if (status != GYRE_OK)
        return status;
    int32_t *ends = gyre_buffer_data(*offsets);
    status = take_offsets(column, rows, ends, &total);
    if (status == GYRE_OK)
        status = gyre_buffer_create(rows->allocator, total + BLOCK, values);
    if (status != GYRE_OK)
        return status;
    copy(gyre_buffer_data(*values), ends, column, rows,
         gyre_buffer_size(gyre__column(column)->values));
    memset((char *)gyre_buffer_data(*values) + total, 0, BLOCK);
    return GYRE_OK;
}
