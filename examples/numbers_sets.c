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

void numbers_range(const char *text, numbers_layout_t *layout)
{
    char *end;
    layout->first = layout->last = strtoul(text, &end, 10);
    if (*end == '-')
        layout->last = strtoul(end + 1, &end, 10);
    if (!*end && layout->first > 0 && layout->first <= layout->last)
        return;
    fprintf(stderr, "%s: %s: expected columns, like 1-4\n", program_invocation_short_name, text);
    exit(2);
}

bool numbers_layout_fits(const numbers_layout_t *layout)
{
    bool csv = layout->header || layout->last || layout->label;
    return layout->format == NUMBERS_CSV      ? !layout->label || layout->last
           : layout->format == NUMBERS_LIBSVM ? !csv
                                              : !csv && !layout->has_positive;
}

static gyre_status_t set_label(const numbers_layout_t *layout, double *label)
{
    if (!layout->labels)
        return GYRE_OK;
    if (layout->has_positive)
        *label = *label == layout->positive ? 1 : -1;
    if (*label == 1 || *label == -1)
        return GYRE_OK;
    fprintf(stderr, "label %g: expected 1 or -1, or --positive\n", *label);
    return GYRE_ERR_SYNTAX;
}

/* Where a number of a row comes from. */
static size_t source_of(const numbers_layout_t *layout, size_t at)
{
    if (layout->label && at == 0)
        return layout->label - 1;
    return layout->last ? layout->first - 1 + at - (layout->label > 0) : at;
}

static gyre_status_t weave_batch(gyre_partition_t *part, const gyre_batch_t *in,
                                 const gyre_batch_t **out)
{
    const numbers_layout_t *layout = part->arg;
    size_t columns = (size_t)part->out->fields[0].size / sizeof(double);
    gyre_builder_t *builder;
    void *rows;
    gyre_status_t status = gyre_builder_create_batch(part->out, NULL, &builder);
    if (status != GYRE_OK)
        return status;
    status = gyre_builder_extend(builder->children[0], in->length, &rows);
    for (size_t i = 0; i < columns && status == GYRE_OK; i++)
        numbers_weave(in->columns[source_of(layout, i)], i, columns, rows);
    for (size_t i = 0; i < in->length && status == GYRE_OK; i++)
        status = set_label(layout, (double *)rows + i * columns);
    if (status == GYRE_OK)
        status = gyre_builder_finish_batch(builder, out);
    gyre_builder_destroy(builder);
    return status;
}

/* As many columns as the file has: doubles, and text, which may be missing, where nobody looks. */
static const gyre_schema_t *make_schema(const char *path, const numbers_layout_t *layout,
                                        const gyre_csv_opts_t *opts)
{
    const gyre_schema_t *inferred, *schema;
    gyre_input_t *input;
    must(gyre_input_create(&path, 1, NULL, &input));
    must(gyre_csv_infer(input, opts, &inferred));
    size_t count = inferred->field_count,
           least = layout->label > layout->last ? layout->label : layout->last;
    if (count < least) {
        fprintf(stderr, "%s: %s has %zu columns, expected %zu or more\n",
                program_invocation_short_name, path, count, least);
        exit(1);
    }
    gyre_field_t *fields = calloc(count, sizeof(*fields));
    for (size_t i = 0; i < count; i++) {
        bool counts = i + 1 == layout->label || (i + 1 >= layout->first && i < layout->last);
        fields[i] = (gyre_field_t){.kind = counts ? GYRE_KIND_FLOAT64 : GYRE_KIND_STRING,
                                   .required = counts};
    }
    must(gyre_schema_create(fields, count, &schema));
    free(fields);
    gyre_schema_release(inferred);
    gyre_input_destroy(input);
    return schema;
}

static gyre_tset_t *read_csv(gyre_env_t *env, const char *path, const numbers_layout_t *layout,
                             size_t columns)
{
    const gyre_csv_opts_t opts = {.format.header = layout->header ? GYRE_CSV_HEADER_IGNORED
                                                                  : GYRE_CSV_NO_HEADER};
    const gyre_schema_t *schema =
        layout->last ? make_schema(path, layout, &opts) : numbers_columns(columns);
    gyre_tset_t *set = gyre_tset_csv(env, &path, 1, NULL, schema, &opts, 0);
    gyre_schema_release(schema);
    return set;
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
        else
            status = set_label(part->arg, values);
    }
    free(text);
    return status;
}

gyre_tset_t *numbers_read(gyre_env_t *env, const char *path, const numbers_layout_t *layout,
                          size_t columns)
{
    gyre_function_t function = {.schema = numbers_schema(columns), .arg = (void *)layout};
    const gyre_input_opts_t plain = {.plain = true};
    gyre_tset_t *set;
    if (layout->format == NUMBERS_BINARY) {
        set = gyre_tset_records(env, &path, 1, &plain, columns * sizeof(double), 0);
    } else if (layout->format == NUMBERS_LIBSVM) {
        function.row = parse;
        set = gyre_tset_map(gyre_tset_text(env, &path, 1, NULL, 0), &function);
    } else {
        function.batch = weave_batch;
        set = gyre_tset_map(read_csv(env, path, layout, columns), &function);
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
