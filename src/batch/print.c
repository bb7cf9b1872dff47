/* SPDX-License-Identifier: Apache-2.0 */
/* A batch as a table: all cells are made first, so that columns can be as wide as their widest. */
#include "batch/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct table {
    gyre__buf_t text;
    size_t *ends; /* of cells in the text, row by row; the first row is the names */
    size_t cells, columns;
    size_t *widths;
} table_t;

/* Code points of UTF-8. */
static size_t width_of(const char *text, size_t length)
{
    size_t width = 0;
    for (size_t i = 0; i < length; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

static const char *cell(const table_t *table, size_t index, size_t *length)
{
    size_t start = index > 0 ? table->ends[index - 1] : 0;
    *length = table->ends[index] - start;
    return table->text.data + start;
}

static void end_cell(table_t *table)
{
    size_t column = table->cells % table->columns, length;
    table->ends[table->cells++] = table->text.length;
    const char *text = cell(table, table->cells - 1, &length);
    size_t width = width_of(text, length);
    if (width > table->widths[column])
        table->widths[column] = width;
}

static gyre_status_t fill(table_t *table, const gyre_batch_t *batch, size_t rows)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < table->columns; i++) {
        status = gyre__buf_printf(&table->text, "%s", batch->schema->fields[i].name);
        end_cell(table);
    }
    for (size_t row = 0; status == GYRE_OK && row < rows; row++)
        for (size_t i = 0; status == GYRE_OK && i < table->columns; i++) {
            status = gyre__text_value(&table->text, batch->columns[i], row);
            end_cell(table);
        }
    return status;
}

/* Numbers stand at the right. */
static bool is_number(gyre_kind_t kind)
{
    return kind >= GYRE_KIND_INT8 && kind <= GYRE_KIND_DECIMAL128;
}

static void write_cells(const table_t *table, const gyre_batch_t *batch, FILE *stream)
{
    for (size_t i = 0; i < table->cells; i++) {
        size_t column = i % table->columns, length;
        const char *text = cell(table, i, &length);
        bool last = column + 1 == table->columns;
        bool right = is_number(batch->schema->fields[column].kind);
        int pad = (int)(table->widths[column] - width_of(text, length));
        fprintf(stream, "%*s%.*s%*s%s", right ? pad : 0, "", (int)length, text,
                right || last ? 0 : pad, "", last ? "\n" : "  ");
    }
}

void gyre_batch_print(const gyre_batch_t *batch, size_t limit, FILE *stream)
{
    size_t rows = batch->length < limit ? batch->length : limit;
    table_t table = {.columns = batch->schema->field_count};
    gyre__buf_init(&table.text);
    table.ends = calloc((rows + 1) * table.columns + 1, sizeof(*table.ends));
    table.widths = calloc(table.columns + 1, sizeof(*table.widths));
    if (table.ends && table.widths && gyre__buf_append(&table.text, "", 0) == GYRE_OK &&
        fill(&table, batch, rows) == GYRE_OK)
        write_cells(&table, batch, stream);
    if (rows < batch->length)
        fprintf(stream, "... %zu more\n", batch->length - rows);
    free(table.widths);
    free(table.ends);
    gyre__buf_cleanup(&table.text);
}
