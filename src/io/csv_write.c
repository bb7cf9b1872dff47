/* SPDX-License-Identifier: Apache-2.0 */
/* Batches to rows. What would be read as something else, be it a delimiter within a text or a text
 * that means null, is quoted, so that what is read is what was written. */
#include "base/buf.h"
#include "base/error.h"
#include "batch/text.h"
#include "io/csv.h"
#include "io/number.h"

#include <stdlib.h>

enum { FLUSH = 64 << 10, NUMBER_ROOM = 32 };

struct gyre_csv_writer {
    gyre_part_t *part;
    gyre__csv_dialect_t dialect;
    const gyre_schema_t *schema;
    char *null_text;
    bool special[256]; /* bytes that only a quoted field may have */
    gyre__buf_t rows;
    gyre__buf_t value;
};

/* An empty text is quoted too: alone on its line it would make an empty line. */
static bool needs_quotes(const gyre_csv_writer_t *writer, const char *text, size_t length)
{
    const gyre__csv_dialect_t *dialect = &writer->dialect;
    gyre__csv_field_t plain = {.data = text, .length = length};
    bool empty = length == 0 && dialect->quote != '\n';
    if (empty || gyre__csv_is_null(dialect, &plain) ||
        (length > 0 && text[0] == dialect->comment) ||
        gyre__text_mark((gyre_text_t){text, length}) > 0)
        return true;
    for (size_t i = 0; i < length; i++)
        if (writer->special[(unsigned char)text[i]])
            return true;
    return false;
}

static gyre_status_t put_quoted(gyre_csv_writer_t *writer, const char *text, size_t length)
{
    const char quote = writer->dialect.quote, *end = text + length;
    if (quote == '\n')
        return gyre__error(GYRE_ERR_ARG, "\"%.*s\" cannot be written as CSV without quotes",
                           length < 60 ? (int)length : 60, text);
    gyre_status_t status = gyre__buf_append(&writer->rows, &quote, 1);
    while (status == GYRE_OK && text < end) {
        const char *next = memchr(text, quote, (size_t)(end - text));
        size_t run = (size_t)((next ? next + 1 : end) - text);
        status = gyre__buf_append(&writer->rows, text, run);
        if (status == GYRE_OK && next)
            status = gyre__buf_append(&writer->rows, &quote, 1);
        text += run;
    }
    return status == GYRE_OK ? gyre__buf_append(&writer->rows, &quote, 1) : status;
}

static gyre_status_t put(gyre_csv_writer_t *writer, const char *text, size_t length)
{
    return needs_quotes(writer, text, length) ? put_quoted(writer, text, length)
                                              : gyre__buf_append(&writer->rows, text, length);
}

static int64_t integer_at(const gyre_column_t *column, size_t row)
{
    switch (column->field->kind) {
    case GYRE_KIND_INT8:
        return ((const int8_t *)column->values)[row];
    case GYRE_KIND_INT16:
        return ((const int16_t *)column->values)[row];
    case GYRE_KIND_INT32:
        return ((const int32_t *)column->values)[row];
    default:
        return ((const int64_t *)column->values)[row];
    }
}

static uint64_t natural_at(const gyre_column_t *column, size_t row)
{
    switch (column->field->kind) {
    case GYRE_KIND_UINT8:
        return ((const uint8_t *)column->values)[row];
    case GYRE_KIND_UINT16:
        return ((const uint16_t *)column->values)[row];
    case GYRE_KIND_UINT32:
        return ((const uint32_t *)column->values)[row];
    default:
        return ((const uint64_t *)column->values)[row];
    }
}

static gyre_status_t put_value(gyre_csv_writer_t *writer, const gyre_column_t *column, size_t row)
{
    char number[NUMBER_ROOM];
    size_t length;
    switch (column->field->kind) {
    case GYRE_KIND_STRING: {
        const char *text = gyre_column_bytes(column, row, &length);
        return put(writer, text, length);
    }
    case GYRE_KIND_INT8:
    case GYRE_KIND_INT16:
    case GYRE_KIND_INT32:
    case GYRE_KIND_INT64:
        length = gyre__print_integer(integer_at(column, row), number);
        return put(writer, number, length);
    case GYRE_KIND_UINT8:
    case GYRE_KIND_UINT16:
    case GYRE_KIND_UINT32:
    case GYRE_KIND_UINT64:
        length = gyre__print_natural(natural_at(column, row), number);
        return put(writer, number, length);
    case GYRE_KIND_FLOAT32:
        length = gyre__print_float(((const float *)column->values)[row], number);
        return put(writer, number, length);
    case GYRE_KIND_FLOAT64:
        length = gyre__print_double(((const double *)column->values)[row], number);
        return put(writer, number, length);
    default:
        writer->value.length = 0;
        gyre_status_t status = gyre__text_value(&writer->value, column, row);
        return status == GYRE_OK ? put(writer, writer->value.data, writer->value.length) : status;
    }
}

static gyre_status_t put_field(gyre_csv_writer_t *writer, const gyre_column_t *column, size_t row)
{
    if (gyre_column_is_null(column, row))
        return gyre__buf_append(&writer->rows, writer->null_text, writer->dialect.null_length);
    return put_value(writer, column, row);
}

/* The delimiter before column i, or the newline behind the last. */
static gyre_status_t put_end(gyre_csv_writer_t *writer, size_t i)
{
    if (i == 0)
        return GYRE_OK;
    bool last = i == writer->schema->field_count;
    return gyre__buf_append(&writer->rows, last ? "\n" : &writer->dialect.delimiter, 1);
}

static gyre_status_t flush(gyre_csv_writer_t *writer)
{
    size_t length = writer->rows.length;
    writer->rows.length = 0;
    return length ? gyre_part_write(writer->part, writer->rows.data, length) : GYRE_OK;
}

static gyre_status_t put_header(gyre_csv_writer_t *writer)
{
    const gyre_schema_t *schema = writer->schema;
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < schema->field_count; i++)
        if ((status = put_end(writer, i)) == GYRE_OK)
            status = put(writer, schema->fields[i].name, strlen(schema->fields[i].name));
    if (status == GYRE_OK)
        status = put_end(writer, schema->field_count);
    return status == GYRE_OK ? flush(writer) : status;
}

static gyre_status_t set_up(gyre_csv_writer_t *writer, const gyre_schema_t *schema,
                            const gyre_csv_format_t *format)
{
    gyre__csv_dialect_t *dialect = &writer->dialect;
    gyre_status_t status = gyre__csv_dialect_init(dialect, format, false);
    if (status == GYRE_OK)
        status = gyre__csv_check_schema(schema);
    if (status != GYRE_OK)
        return status;
    writer->schema = gyre_schema_retain(schema);
    writer->null_text = strdup(dialect->null_text);
    if (!writer->null_text)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to write CSV");
    dialect->null_text = writer->null_text;
    memcpy(writer->special, dialect->stops, sizeof(writer->special));
    writer->special['\r'] = true;
    for (size_t i = 0; i < dialect->null_length; i++)
        if (writer->special[(unsigned char)writer->null_text[i]])
            return gyre__error(GYRE_ERR_ARG,
                               "CSV with \"%s\" for null, expected a text without "
                               "delimiters, quotes and newlines",
                               writer->null_text);
    if (dialect->header == GYRE_CSV_HEADER_IGNORED)
        return gyre__error(GYRE_ERR_ARG, "CSV with a header to be ignored, expected one or none");
    return dialect->header == GYRE_CSV_HEADER ? put_header(writer) : GYRE_OK;
}

gyre_status_t gyre_csv_writer_create(gyre_part_t *part, const gyre_schema_t *schema,
                                     const gyre_csv_format_t *format, gyre_csv_writer_t **out)
{
    gyre_csv_writer_t *writer = calloc(1, sizeof(*writer));
    if (!writer)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to write CSV");
    writer->part = part;
    gyre_status_t status = set_up(writer, schema, format);
    if (status != GYRE_OK) {
        gyre_csv_writer_destroy(writer);
        return status;
    }
    *out = writer;
    return GYRE_OK;
}

void gyre_csv_writer_destroy(gyre_csv_writer_t *writer)
{
    if (!writer)
        return;
    gyre_schema_release(writer->schema);
    gyre__buf_cleanup(&writer->rows);
    gyre__buf_cleanup(&writer->value);
    free(writer->null_text);
    free(writer);
}

static gyre_status_t put_row(gyre_csv_writer_t *writer, const gyre_batch_t *batch, size_t row)
{
    size_t count = writer->schema->field_count;
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < count; i++)
        if ((status = put_end(writer, i)) == GYRE_OK)
            status = put_field(writer, batch->columns[i], row);
    return status == GYRE_OK ? put_end(writer, count) : status;
}

gyre_status_t gyre_csv_write(gyre_csv_writer_t *writer, const gyre_batch_t *batch)
{
    const gyre_schema_t *schema = writer->schema;
    bool alike = batch->schema->field_count == schema->field_count;
    for (size_t i = 0; alike && i < schema->field_count; i++)
        alike = gyre_field_alike(&batch->schema->fields[i], &schema->fields[i]);
    if (!alike)
        return gyre__error(GYRE_ERR_ARG, "a batch of other columns than the CSV's %zu",
                           schema->field_count);
    gyre_status_t status = GYRE_OK;
    for (size_t row = 0; status == GYRE_OK && row < batch->length; row++) {
        status = put_row(writer, batch, row);
        if (status == GYRE_OK && writer->rows.length >= FLUSH)
            status = flush(writer);
    }
    return status == GYRE_OK ? flush(writer) : status;
}
