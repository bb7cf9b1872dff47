/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that rows take. */
#include "batch/bits.h"
#include "batch/column.h"

size_t gyre__column_bytes(const gyre_column_t *column, size_t first, size_t count)
{
    size_t bytes = column->validity ? gyre__bits_bytes(count) : 0, items = count;
    switch (gyre__layout(column->field->kind)) {
    case GYRE__BITS:
        return bytes + gyre__bits_bytes(count);
    case GYRE__FIXED:
        return bytes + count * gyre_field_width(column->field);
    case GYRE__BYTES:
        return bytes + (count + 1) * sizeof(int32_t) +
               (size_t)(column->offsets[first + count] - column->offsets[first]);
    case GYRE__LIST:
        bytes += (count + 1) * sizeof(int32_t);
        items = (size_t)(column->offsets[first + count] - column->offsets[first]);
        break;
    case GYRE__FIXED_LIST:
        items = count * (size_t)column->field->size;
        break;
    case GYRE__STRUCT:
        break;
    }
    for (size_t i = 0; i < column->child_count; i++)
        bytes += gyre__column_bytes(column->children[i], gyre__child_row(column, first), items);
    return bytes;
}

size_t gyre_batch_bytes(const gyre_batch_t *batch)
{
    size_t bytes = 0;
    for (size_t i = 0; i < batch->schema->field_count; i++)
        bytes += gyre__column_bytes(batch->columns[i], 0, batch->length);
    return bytes;
}
