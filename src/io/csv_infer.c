/* SPDX-License-Identifier: Apache-2.0 */
/* The types of columns, by a sample: a column is of the first type in the list that takes all its
 * values, and a string if none does or all are null. Bad rows do not count. */
#include "base/error.h"
#include "io/csv.h"

#include <stdio.h>
#include <stdlib.h>

static const gyre_field_t candidates[] = {
    {.kind = GYRE_KIND_INT64},
    {.kind = GYRE_KIND_FLOAT64},
    {.kind = GYRE_KIND_BOOL},
    {.kind = GYRE_KIND_DATE32},
    {.kind = GYRE_KIND_TIMESTAMP, .unit = GYRE_TIME_MICROSECOND},
    {.kind = GYRE_KIND_TIMESTAMP, .unit = GYRE_TIME_NANOSECOND},
    {.kind = GYRE_KIND_TIMESTAMP, .unit = GYRE_TIME_MICROSECOND, .zone = "UTC"},
    {.kind = GYRE_KIND_TIMESTAMP, .unit = GYRE_TIME_NANOSECOND, .zone = "UTC"},
    {.kind = GYRE_KIND_STRING},
};

enum { CANDIDATES = sizeof(candidates) / sizeof(candidates[0]), SAMPLE_ROWS = 1000 };

typedef struct guess {
    char *name;
    unsigned out; /* bit i: candidate i does not take all values */
    bool any;     /* there is a value */
} guess_t;

typedef struct sample {
    const gyre__csv_dialect_t *dialect;
    guess_t *columns;
    size_t count;
} sample_t;

static char *column_name(const gyre__csv_rows_t *rows, const gyre__csv_row_t *row, size_t column)
{
    char *name = NULL;
    if (row->header && rows->dialect->header == GYRE_CSV_HEADER)
        name = gyre__csv_string(rows->dialect, &rows->fields[column]);
    else if (asprintf(&name, "c%zu", column) < 0)
        name = NULL;
    return name;
}

/* The first row says how many columns there are. */
static gyre_status_t begin(sample_t *sample, gyre__csv_rows_t *rows, const gyre__csv_row_t *row)
{
    rows->columns = row->count;
    sample->columns = calloc(row->count, sizeof(*sample->columns));
    for (; sample->columns && sample->count < row->count; sample->count++) {
        char *name = column_name(rows, row, sample->count);
        if (!name)
            break;
        sample->columns[sample->count].name = name;
    }
    return sample->count == row->count
               ? GYRE_OK
               : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the names of %zu columns",
                             row->count);
}

static void look(sample_t *sample, const gyre__csv_field_t *fields)
{
    for (size_t i = 0; i < sample->count; i++) {
        guess_t *guess = &sample->columns[i];
        gyre__csv_value_t value;
        if (gyre__csv_is_null(sample->dialect, &fields[i]))
            continue;
        guess->any = true;
        for (unsigned k = 0; k + 1 < CANDIDATES; k++)
            if (!(guess->out >> k & 1) &&
                !gyre__csv_parse(&candidates[k], fields[i].data, fields[i].length, &value))
                guess->out |= 1u << k;
    }
}

static gyre_status_t take_sample(sample_t *sample, gyre__csv_rows_t *rows, size_t limit)
{
    gyre_status_t status = GYRE_OK;
    for (size_t taken = 0; taken < limit && status == GYRE_OK;) {
        gyre__csv_row_t row;
        status = gyre__csv_rows_next(rows, &row);
        if (status != GYRE_OK || !row.text)
            break;
        if (sample->count == 0 && !row.fault)
            status = begin(sample, rows, &row);
        if (row.header || status != GYRE_OK)
            continue;
        if (!row.fault && row.count == sample->count)
            look(sample, rows->fields);
        taken++;
    }
    return status;
}

static gyre_status_t make_schema(const sample_t *sample, const gyre_schema_t **schema)
{
    gyre_field_t *fields = calloc(sample->count, sizeof(*fields));
    if (!fields)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a schema of %zu columns",
                           sample->count);
    for (size_t i = 0; i < sample->count; i++) {
        const guess_t *guess = &sample->columns[i];
        unsigned k = guess->any ? 0 : CANDIDATES - 1;
        while (guess->out >> k & 1)
            k++;
        fields[i] = candidates[k];
        fields[i].name = guess->name;
    }
    gyre_status_t status = gyre_schema_create(fields, sample->count, schema);
    free(fields);
    return status;
}

static gyre_status_t infer(const gyre_split_t *split, const gyre_csv_opts_t *opts,
                           const gyre_schema_t **schema)
{
    gyre__csv_dialect_t dialect;
    gyre_status_t status = gyre__csv_dialect_init(&dialect, &opts->format, opts->lines_are_rows);
    if (status != GYRE_OK)
        return status;
    gyre__csv_rows_t rows;
    sample_t sample = {.dialect = &dialect};
    gyre__csv_rows_init(&rows, split, &dialect, opts->row_max);
    status = take_sample(&sample, &rows, opts->sample_rows ? opts->sample_rows : SAMPLE_ROWS);
    if (status == GYRE_OK)
        status = sample.count > 0
                     ? make_schema(&sample, schema)
                     : gyre__error(GYRE_ERR_SYNTAX, "an input without rows, expected "
                                                    "some to infer the columns' types from");
    for (size_t i = 0; i < sample.count; i++)
        free(sample.columns[i].name);
    free(sample.columns);
    gyre__csv_rows_cleanup(&rows);
    return status;
}

gyre_status_t gyre_csv_infer(const gyre_input_t *input, const gyre_csv_opts_t *opts,
                             const gyre_schema_t **schema)
{
    static const gyre_csv_opts_t usual = {0};
    gyre_split_t *split;
    gyre_status_t status = gyre_split_create(input, 0, 1, &split);
    if (status != GYRE_OK)
        return status;
    status = infer(split, opts ? opts : &usual, schema);
    gyre_split_destroy(split);
    return status;
}
