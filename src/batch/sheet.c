/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/sheet.h"

#include "batch/message.h"
#include "batch/pick.h"

#include <string.h>

static size_t head_length(const gyre_schema_t *schema)
{
    return sizeof(gyre__head_t) + schema->field_count * sizeof(gyre__node_t);
}

/* Of a message of so many rows. */
static size_t length_of(const gyre_schema_t *schema, size_t rows)
{
    size_t length = head_length(schema);
    for (size_t i = 0; i < schema->field_count; i++)
        length = gyre__pack_aligned(length) + rows * gyre_field_width(&schema->fields[i]);
    return length;
}

size_t gyre__sheet_room(const gyre_schema_t *schema, size_t length)
{
    size_t width = 0, gaps = GYRE_PACK_ALIGN * schema->field_count + head_length(schema);
    for (size_t i = 0; i < schema->field_count; i++) {
        if (gyre_field_width(&schema->fields[i]) == 0)
            return 0;
        width += gyre_field_width(&schema->fields[i]);
    }
    return width > 0 && length > gaps ? (length - gaps) / width : 0;
}

bool gyre__sheet_takes(const gyre_batch_t *batch)
{
    for (size_t i = 0; i < batch->schema->field_count; i++)
        if (batch->columns[i]->validity)
            return false;
    return true;
}

void gyre__sheet_put(gyre__sheet_t *sheet, const gyre_batch_t *batch, const uint32_t *rows,
                     size_t count)
{
    size_t at = head_length(sheet->schema);
    for (size_t i = 0; i < sheet->schema->field_count; i++) {
        size_t width = gyre_field_width(&sheet->schema->fields[i]);
        at = gyre__pack_aligned(at);
        gyre__pick(sheet->data + at + sheet->rows * width, batch->columns[i]->values, width, rows,
                   count, false);
        at += sheet->room * width;
    }
    sheet->rows += count;
}

size_t gyre__sheet_end(gyre__sheet_t *sheet)
{
    const gyre_schema_t *schema = sheet->schema;
    size_t from = head_length(schema), to = from;
    const gyre__head_t head = gyre__head_of(schema, sheet->rows, length_of(schema, sheet->rows));
    memcpy(sheet->data, &head, sizeof(head));
    memset(sheet->data + sizeof(gyre__head_t), 0, schema->field_count * sizeof(gyre__node_t));
    for (size_t i = 0; i < schema->field_count; i++) {
        size_t width = gyre_field_width(&schema->fields[i]), aligned = gyre__pack_aligned(to);
        from = gyre__pack_aligned(from);
        memset(sheet->data + to, 0, aligned - to);
        if (aligned != from)
            memmove(sheet->data + aligned, sheet->data + from, sheet->rows * width);
        from += sheet->room * width;
        to = aligned + sheet->rows * width;
    }
    return to;
}
