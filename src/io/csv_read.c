/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to batches. A row's values are all made before any is appended, so that a bad row leaves
 * nothing of itself. */
#include "base/buf.h"
#include "base/error.h"
#include "io/csv_bad.h"
#include "io/input.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH_ROWS = 8192, BATCH_BYTES = 64 << 20, REASON_ROOM = 400, SHOWN_MAX = 60 };

struct gyre_csv {
    gyre__csv_dialect_t dialect;
    gyre__csv_rows_t rows;
    gyre__csv_bad_list_t bad;
    const gyre_schema_t *schema;
    gyre_builder_t *builder;
    gyre__csv_value_t *values; /* of a row */
    bool *nulls;
    char *null_text;
    size_t batch_rows;
    gyre__buf_t scratch;
    char reason[REASON_ROOM];
};

static gyre_status_t prepare(gyre_csv_t *csv, const gyre_csv_opts_t *opts)
{
    size_t count = csv->schema->field_count;
    csv->batch_rows = opts->batch_rows ? opts->batch_rows : BATCH_ROWS;
    csv->bad.policy = opts->policy;
    csv->bad.max = opts->bad_max;
    csv->rows.columns = count;
    csv->values = calloc(count, sizeof(*csv->values));
    csv->nulls = calloc(count, sizeof(*csv->nulls));
    if (!csv->values || !csv->nulls)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for rows of %zu columns", count);
    gyre_status_t status = gyre__csv_check_schema(csv->schema);
    return status == GYRE_OK ? gyre_builder_create_batch(csv->schema, NULL, &csv->builder) : status;
}

static gyre_status_t set_up(gyre_csv_t *csv, const gyre_split_t *split, const gyre_schema_t *schema,
                            const gyre_csv_opts_t *opts)
{
    gyre_csv_format_t format = opts->format;
    csv->null_text = strdup(format.null_text ? format.null_text : "");
    if (!csv->null_text)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to read CSV");
    format.null_text = csv->null_text;
    gyre_status_t status = gyre__csv_dialect_init(&csv->dialect, &format, opts->lines_are_rows);
    if (status != GYRE_OK)
        return status;
    gyre__csv_rows_init(&csv->rows, split, &csv->dialect, opts->row_max);
    if (schema)
        csv->schema = gyre_schema_retain(schema);
    else
        status = gyre_csv_infer(split->input, opts, &csv->schema);
    return status == GYRE_OK ? prepare(csv, opts) : status;
}

gyre_status_t gyre_csv_open(const gyre_split_t *split, const gyre_schema_t *schema,
                            const gyre_csv_opts_t *opts, gyre_csv_t **out)
{
    static const gyre_csv_opts_t usual = {0};
    gyre_csv_t *csv = calloc(1, sizeof(*csv));
    if (!csv)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to read CSV");
    gyre_status_t status = set_up(csv, split, schema, opts ? opts : &usual);
    if (status != GYRE_OK) {
        gyre_csv_close(csv);
        return status;
    }
    *out = csv;
    return GYRE_OK;
}

void gyre_csv_close(gyre_csv_t *csv)
{
    if (!csv)
        return;
    gyre__csv_rows_cleanup(&csv->rows);
    gyre__csv_bad_cleanup(&csv->bad);
    gyre_builder_destroy(csv->builder);
    gyre_schema_release(csv->schema);
    gyre__buf_cleanup(&csv->scratch);
    free(csv->values);
    free(csv->nulls);
    free(csv->null_text);
    free(csv);
}

const gyre_schema_t *gyre_csv_schema(const gyre_csv_t *csv)
{
    return csv->schema;
}

uint64_t gyre_csv_bad_count(const gyre_csv_t *csv)
{
    return csv->bad.count;
}

size_t gyre_csv_bad_rows(const gyre_csv_t *csv, const gyre_csv_bad_t **rows)
{
    *rows = csv->bad.rows;
    return csv->bad.kept;
}

/* A header whose names are not the schema's would have values in the wrong columns. */
static gyre_status_t check_header(gyre_csv_t *csv, const gyre__csv_row_t *row)
{
    const char *path = csv->rows.window.stream.name;
    const gyre_schema_t *schema = csv->schema;
    if (csv->dialect.header == GYRE_CSV_HEADER_IGNORED)
        return GYRE_OK;
    if (row->count != schema->field_count)
        return gyre__error(GYRE_ERR_SYNTAX, "%s: a header of %zu names, expected %zu", path,
                           row->count, schema->field_count);
    for (size_t i = 0; i < row->count; i++) {
        char *name = gyre__csv_string(&csv->dialect, &csv->rows.fields[i]);
        if (!name)
            return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory to check its header", path);
        bool same = strcmp(name, schema->fields[i].name) == 0;
        gyre_status_t status =
            same
                ? GYRE_OK
                : gyre__error(GYRE_ERR_SYNTAX, "%s: column %zu is called \"%.*s\", expected \"%s\"",
                              path, i + 1, SHOWN_MAX, name, schema->fields[i].name);
        free(name);
        if (!same)
            return status;
    }
    return GYRE_OK;
}

/* Why a row cannot be taken; NULL: its values are made. */
static const char *make_values(gyre_csv_t *csv, const gyre__csv_row_t *row)
{
    const gyre_schema_t *schema = csv->schema;
    if (row->fault)
        return row->fault;
    if (row->count != schema->field_count) {
        snprintf(csv->reason, REASON_ROOM, "%zu fields, expected %zu", row->count,
                 schema->field_count);
        return csv->reason;
    }
    for (size_t i = 0; i < row->count; i++) {
        const gyre_field_t *type = &schema->fields[i];
        const gyre__csv_field_t *field = &csv->rows.fields[i];
        csv->nulls[i] = gyre__csv_is_null(&csv->dialect, field);
        if (csv->nulls[i] ? !type->required
                          : type->kind == GYRE_KIND_STRING ||
                                gyre__csv_parse(type, field->data, field->length, &csv->values[i]))
            continue;
        int shown = field->length < SHOWN_MAX ? (int)field->length : SHOWN_MAX;
        snprintf(csv->reason, REASON_ROOM, "column %zu \"%.*s\": \"%.*s\" is %s%s", i + 1,
                 SHOWN_MAX, type->name, shown, field->data,
                 csv->nulls[i] ? "null where a value is required" : "no ",
                 csv->nulls[i] ? "" : gyre_kind_name(type->kind));
        return csv->reason;
    }
    return NULL;
}

static gyre_status_t append_string(gyre_csv_t *csv, gyre_builder_t *column,
                                   const gyre__csv_field_t *field)
{
    if (!field->doubled)
        return gyre_builder_append_bytes(column, field->data, field->length);
    csv->scratch.length = 0;
    gyre_status_t status = gyre__buf_reserve(&csv->scratch, field->length);
    if (status != GYRE_OK)
        return status;
    size_t length = gyre__csv_unquote(&csv->dialect, field, csv->scratch.data);
    return gyre_builder_append_bytes(column, csv->scratch.data, length);
}

static gyre_status_t append_value(gyre_csv_t *csv, size_t i)
{
    gyre_builder_t *column = csv->builder->children[i];
    const gyre__csv_value_t *value = &csv->values[i];
    if (csv->nulls[i])
        return gyre_builder_append_null(column, 1);
    switch (column->kind) {
    case GYRE_KIND_BOOL:
        return gyre_builder_append_bool(column, value->truth);
    case GYRE_KIND_INT8:
        return gyre_builder_append_int8(column, (int8_t)value->integer);
    case GYRE_KIND_INT16:
        return gyre_builder_append_int16(column, (int16_t)value->integer);
    case GYRE_KIND_INT32:
    case GYRE_KIND_DATE32:
        return gyre_builder_append_int32(column, (int32_t)value->integer);
    case GYRE_KIND_INT64:
    case GYRE_KIND_TIMESTAMP:
        return gyre_builder_append_int64(column, value->integer);
    case GYRE_KIND_UINT8:
        return gyre_builder_append_uint8(column, (uint8_t)value->natural);
    case GYRE_KIND_UINT16:
        return gyre_builder_append_uint16(column, (uint16_t)value->natural);
    case GYRE_KIND_UINT32:
        return gyre_builder_append_uint32(column, (uint32_t)value->natural);
    case GYRE_KIND_UINT64:
        return gyre_builder_append_uint64(column, value->natural);
    case GYRE_KIND_FLOAT32:
        return gyre_builder_append_float32(column, value->single);
    case GYRE_KIND_FLOAT64:
        return gyre_builder_append_float64(column, value->real);
    default:
        return append_string(csv, column, &csv->rows.fields[i]);
    }
}

static gyre_status_t take_row(gyre_csv_t *csv, const gyre__csv_row_t *row)
{
    if (row->header)
        return check_header(csv, row);
    const char *reason = make_values(csv, row);
    if (reason)
        return gyre__csv_bad_add(&csv->bad, &csv->rows, row, reason);
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < row->count && status == GYRE_OK; i++)
        status = append_value(csv, i);
    return status;
}

gyre_status_t gyre_csv_next(gyre_csv_t *csv, const gyre_batch_t **batch)
{
    size_t bytes = 0;
    const gyre_builder_t *first = csv->builder->children[0];
    *batch = NULL;
    while (first->length < csv->batch_rows && bytes < BATCH_BYTES) {
        gyre__csv_row_t row;
        gyre_status_t status = gyre__csv_rows_next(&csv->rows, &row);
        if (status == GYRE_OK && row.text)
            status = take_row(csv, &row);
        if (status != GYRE_OK)
            return status;
        if (!row.text)
            break;
        bytes += row.length;
    }
    return first->length > 0 ? gyre_builder_finish_batch(csv->builder, batch) : GYRE_OK;
}
