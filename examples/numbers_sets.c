/* SPDX-License-Identifier: Apache-2.0 */
#include "application.h"
#include "numbers_sets.h"

#include <string.h>

numbers_format_t numbers_format(const char *name)
{
    static const char *const names[NUMBERS_FORMATS] = {"csv", "binary", "libsvm"};
    numbers_format_t format = 0;
    while (format < NUMBERS_FORMATS && strcmp(name, names[format]) != 0)
        format++;
    return format;
}

static gyre_status_t weave_batch(gyre_partition_t *part, const gyre_batch_t *in,
                                 const gyre_batch_t **out)
{
    gyre_builder_t *builder;
    void *rows;
    gyre_status_t status = gyre_builder_create_batch(part->out, NULL, &builder);
    if (status != GYRE_OK)
        return status;
    status = gyre_builder_extend(builder->children[0], in->length, &rows);
    if (status == GYRE_OK) {
        numbers_weave(in, rows);
        status = gyre_builder_finish_batch(builder, out);
    }
    gyre_builder_destroy(builder);
    return status;
}

/* One line of libsvm. The text behind it is of another line, or the end of the column. */
static gyre_status_t parse(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    size_t columns = (size_t)part->out->fields[0].size / sizeof(double), length;
    const char *line = gyre_row_bytes(row, 0, &length);
    char *text = strndup(line, length), *at = text;
    void *values;
    gyre_status_t status = text ? GYRE_OK : GYRE_ERR_NO_MEMORY;
    if (status == GYRE_OK)
        status = gyre_builder_extend(out->children[0], 1, &values);
    if (status == GYRE_OK) {
        memset(values, 0, columns * sizeof(double));
        ((double *)values)[0] = strtod(text, &at);
        status = at == text ? GYRE_ERR_SYNTAX : GYRE_OK;
        while (status == GYRE_OK && at[strspn(at, " \t")]) {
            size_t column = strtoul(at, &at, 10);
            if (*at != ':' || column == 0 || column >= columns)
                status = GYRE_ERR_SYNTAX;
            else
                ((double *)values)[column] = strtod(at + 1, &at);
        }
        if (status != GYRE_OK)
            fprintf(stderr, "%s: expected a label and up to %zu features, each NUMBER:VALUE\n",
                    text, columns - 1);
    }
    free(text);
    return status;
}

gyre_tset_t *numbers_read(gyre_env_t *env, const char *path, numbers_format_t format,
                          size_t columns)
{
    gyre_function_t function = {.schema = numbers_schema(columns)};
    const gyre_input_opts_t plain = {.plain = true};
    gyre_tset_t *set;
    if (format == NUMBERS_BINARY) {
        set = gyre_tset_records(env, &path, 1, &plain, columns * sizeof(double), 0);
    } else if (format == NUMBERS_LIBSVM) {
        function.row = parse;
        set = gyre_tset_map(gyre_tset_text(env, &path, 1, NULL, 0), &function);
    } else {
        const gyre_schema_t *schema = numbers_columns(columns);
        function.batch = weave_batch;
        set = gyre_tset_map(gyre_tset_csv(env, &path, 1, NULL, schema, NULL, 0), &function);
        gyre_schema_release(schema);
    }
    gyre_schema_release(function.schema);
    return set;
}

gyre_tset_t *numbers_everywhere(gyre_env_t *env, const double *values, size_t columns,
                                int parallelism)
{
    const gyre_schema_t *schema = numbers_schema(columns);
    const gyre_batch_t *batch;
    gyre_builder_t *builder;
    must(gyre_builder_create_batch(schema, NULL, &builder));
    must(gyre_builder_append(builder->children[0], values, 1));
    must(gyre_builder_finish_batch(builder, &batch));
    gyre_tset_t *set =
        gyre_tset_cache(gyre_tset_replicate(gyre_tset_memory(env, &batch, 1, 1), parallelism));
    gyre_batch_release(batch);
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
    return set;
}

gyre_tset_t *numbers_sum(gyre_tset_t *set)
{
    const gyre_schema_t *schema = gyre_tset_schema(set);
    const gyre_aggregate_t sum =
        numbers_add(schema ? (size_t)schema->fields[0].size / sizeof(double) : 0);
    return gyre_tset_allreduce(set, &sum, 1);
}

const double *numbers_input(const gyre_partition_t *part, const char *name)
{
    size_t count;
    const gyre_batch_t *const *batches = gyre_partition_input(part, name, &count);
    return numbers_at(batches[0], 0);
}

static size_t row_bytes(const gyre_partition_t *part)
{
    return (size_t)part->out->fields[0].size;
}

gyre_status_t numbers_open(gyre_partition_t *part)
{
    part->state = malloc(row_bytes(part));
    return part->state ? GYRE_OK : GYRE_ERR_NO_MEMORY;
}

gyre_status_t numbers_begin(gyre_partition_t *part)
{
    memset(part->state, 0, row_bytes(part));
    return GYRE_OK;
}

gyre_status_t numbers_finish(gyre_partition_t *part, gyre_builder_t *out)
{
    return gyre_builder_append(out->children[0], part->state, 1);
}

void numbers_close(gyre_partition_t *part)
{
    free(part->state);
}
