/* SPDX-License-Identifier: Apache-2.0 */
#include "numbers.h"
#include "application.h"

#include <string.h>

const gyre_schema_t *numbers_schema(size_t columns)
{
    size_t bytes = columns * sizeof(double);
    const gyre_field_t field = {.name = "row",
                                .kind = GYRE_KIND_FIXED_SIZE_BINARY,
                                .size = bytes <= INT32_MAX ? (int32_t)bytes : -1};
    const gyre_schema_t *schema;
    must(gyre_schema_create(&field, 1, &schema));
    return schema;
}

const gyre_schema_t *numbers_columns(size_t columns)
{
    gyre_field_t *fields = calloc(columns, sizeof(*fields));
    const gyre_schema_t *schema;
    for (size_t i = 0; i < columns; i++)
        fields[i] = (gyre_field_t){.kind = GYRE_KIND_FLOAT64, .required = true};
    must(gyre_schema_create(fields, columns, &schema));
    free(fields);
    return schema;
}

void numbers_weave(const gyre_column_t *column, size_t at, size_t columns, double *rows)
{
    const double *values = column->values;
    for (size_t i = 0; i < column->length; i++)
        rows[i * columns + at] = values[i];
}

gyre_status_t numbers_take(const gyre_split_t *split, const gyre_schema_t *schema,
                           const gyre_batch_t **batch)
{
    size_t columns = (size_t)schema->fields[0].size / sizeof(double);
    const gyre_schema_t *fields = numbers_columns(columns);
    gyre_builder_t *builder = NULL;
    const gyre_batch_t *read;
    gyre_csv_t *csv = NULL;
    void *rows;
    gyre_status_t status = gyre_csv_open(split, fields, NULL, &csv);
    if (status == GYRE_OK)
        status = gyre_builder_create_batch(schema, NULL, &builder);
    while (status == GYRE_OK && (status = gyre_csv_next(csv, &read)) == GYRE_OK && read) {
        status = gyre_builder_extend(builder->children[0], read->length, &rows);
        for (size_t i = 0; i < columns && status == GYRE_OK; i++)
            numbers_weave(read->columns[i], i, columns, rows);
        gyre_batch_release(read);
    }
    if (status == GYRE_OK)
        status = gyre_builder_finish_batch(builder, batch);
    gyre_builder_destroy(builder);
    gyre_csv_close(csv);
    gyre_schema_release(fields);
    return status;
}

double *numbers_load(const char *path, size_t *rows, size_t *columns)
{
    const gyre_schema_t *inferred, *schema;
    const gyre_batch_t *batch;
    gyre_input_t *input;
    gyre_split_t *all;
    must(gyre_input_create(&path, 1, NULL, &input));
    must(gyre_csv_infer(input, NULL, &inferred));
    must(gyre_split_create(input, 0, 1, &all));
    *columns = inferred->field_count;
    schema = numbers_schema(*columns);
    must(numbers_take(all, schema, &batch));
    *rows = batch->length;
    double *values = malloc((*rows + 1) * *columns * sizeof(*values));
    memcpy(values, numbers_at(batch, 0), *rows * *columns * sizeof(*values));
    gyre_batch_release(batch);
    gyre_schema_release(schema);
    gyre_split_destroy(all);
    gyre_schema_release(inferred);
    gyre_input_destroy(input);
    return values;
}

static void add(void *arg, void *state, const void *value)
{
    size_t count = (uintptr_t)arg;
    for (size_t i = 0; i < count; i++)
        ((double *)state)[i] += ((const double *)value)[i];
}

gyre_aggregate_t numbers_add(size_t columns)
{
    return (gyre_aggregate_t){
        .fold = GYRE_FOLD_USER, .function = add, .arg = (void *)(uintptr_t)columns};
}

gyre_status_t numbers_write(const char *path, const double *values, size_t count, size_t columns)
{
    FILE *file = path ? fopen(path, "w") : stdout;
    if (!file)
        return perror(path), GYRE_ERR_IO;
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%.17g%c", values[i], (i + 1) % columns ? ',' : '\n');
    return (path ? fclose(file) : fflush(file)) == 0 ? GYRE_OK : GYRE_ERR_IO;
}
