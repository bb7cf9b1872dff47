/* SPDX-License-Identifier: Apache-2.0 */
/* The sort: sources insert the records of their pieces of the input, targets get them in order and
 * write a part each. */
#include "tera.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct sink {
    const tera_t *tera;
    gyre_output_t *output;
    gyre_part_t **parts; /* of each target; NULL before its first rows, and when committed */
} sink_t;

gyre_status_t tera_write(const tera_t *tera, const gyre_batch_t *batch, gyre_part_t *part)
{
    size_t key = (size_t)tera->key, value = (size_t)tera->value;
    const char *keys = batch->columns[0]->values, *values = batch->columns[1]->values;
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < batch->length && status == GYRE_OK; i++) {
        status = gyre_part_write(part, keys + i * key, key);
        if (status == GYRE_OK)
            status = gyre_part_write(part, values + i * value, value);
    }
    return status;
}

/* Rows of a target come in order, then NULL, also where there were none. */
static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    sink_t *sink = arg;
    gyre_part_t **part = &sink->parts[target];
    gyre_status_t status = *part ? GYRE_OK : gyre_part_create(sink->output, (uint32_t)target, part);
    (void)source;
    if (status == GYRE_OK && batch)
        status = tera_write(sink->tera, batch, *part);
    return status;
}

/* When all parts of all workers are written, but for the last block of each. */
static gyre_status_t commit(sink_t *sink)
{
    const tera_t *tera = sink->tera;
    gyre_status_t status = GYRE_OK;
    for (int i = tera->rank; i < tera->sinks && status == GYRE_OK; i += tera->size) {
        status = gyre_part_commit(sink->parts[i]);
        sink->parts[i] = NULL;
    }
    if (status == GYRE_OK)
        status = gyre_barrier(tera->world);
    if (status == GYRE_OK && tera->rank == 0)
        status = gyre_output_finish(sink->output, (uint32_t)tera->sinks);
    return status;
}

gyre_status_t tera_unweave(const tera_t *tera, gyre_builder_t *builder, const char *records,
                           size_t count, const gyre_batch_t **batch)
{
    size_t key = (size_t)tera->key, value = (size_t)tera->value;
    void *keys, *values;
    gyre_status_t status = gyre_builder_extend(builder->children[0], count, &keys);
    if (status == GYRE_OK)
        status = gyre_builder_extend(builder->children[1], count, &values);
    if (status != GYRE_OK)
        return status;
    for (size_t i = 0; i < count; i++, records += key + value) {
        memcpy((char *)keys + i * key, records, key);
        memcpy((char *)values + i * value, records + key, value);
    }
    return gyre_builder_finish_batch(builder, batch);
}

static gyre_status_t insert(gyre_operator_t *op, int source, const gyre_batch_t *batch)
{
    gyre_status_t status;
    while ((status = gyre_operator_insert(op, source, batch)) == GYRE_IN_PROGRESS)
        if ((status = gyre_operator_step(op)) < 0)
            break;
    return status;
}

static gyre_status_t insert_piece(const tera_t *tera, gyre_operator_t *op, gyre_builder_t *builder,
                                  gyre_records_t *records, int source)
{
    const void *first;
    const gyre_batch_t *batch;
    size_t count;
    gyre_status_t status;
    while ((status = gyre_records_next(records, &first, &count)) == GYRE_OK && count > 0) {
        if ((status = tera_unweave(tera, builder, first, count, &batch)) != GYRE_OK)
            break;
        status = insert(op, source, batch);
        gyre_batch_release(batch);
        if (status != GYRE_OK)
            break;
    }
    return status;
}

static gyre_status_t run_source(const tera_t *tera, gyre_operator_t *op, gyre_builder_t *builder,
                                const char *in, int source)
{
    tera_reader_t reader;
    gyre_status_t status = tera_open(tera, in, source, tera->sources, &reader);
    if (status == GYRE_OK)
        status = insert_piece(tera, op, builder, reader.records, source);
    tera_close(&reader);
    return status == GYRE_OK ? gyre_operator_finish(op, source) : status;
}

static gyre_status_t run(const tera_t *tera, gyre_operator_t *op, const char *in)
{
    gyre_builder_t *builder;
    gyre_status_t status = gyre_builder_create_batch(gyre_operator_schema(op), NULL, &builder);
    if (status != GYRE_OK)
        return status;
    for (int i = tera->rank; i < tera->sources && status == GYRE_OK; i += tera->size)
        status = run_source(tera, op, builder, in, i);
    gyre_builder_destroy(builder);
    return status == GYRE_OK ? gyre_operator_wait(op) : status;
}

gyre_status_t tera_schema(const tera_t *tera, const gyre_schema_t **schema)
{
    const gyre_field_t fields[] = {
        {.name = "key", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .size = tera->key, .required = true},
        {.name = "value",
         .kind = GYRE_KIND_FIXED_SIZE_BINARY,
         .size = tera->value,
         .required = true},
    };
    return gyre_schema_create(fields, 2, schema);
}

static gyre_status_t make_operator(sink_t *sink, gyre_operator_t **op)
{
    const tera_t *tera = sink->tera;
    const gyre_sort_key_t by_key = {.column = 0};
    const gyre_schema_t *schema;
    gyre_status_t status = tera_schema(tera, &schema);
    if (status != GYRE_OK)
        return status;
    const gyre_operator_opts_t opts = {.size = sizeof(opts),
                                       .kind = GYRE_SORT,
                                       .schema = schema,
                                       .sources = tera->sources,
                                       .targets = tera->sinks,
                                       .order = &by_key,
                                       .order_count = 1,
                                       .receive = receive,
                                       .arg = sink};
    status = gyre_operator_create(tera->world, &opts, op);
    gyre_schema_release(schema);
    return status;
}

/* Of all workers: rows that they received, bytes that they spilled, and the most memory that one of
 * them had for that. */
typedef struct tally {
    uint64_t rows, spilled, memory;
} tally_t;

static gyre_status_t add_up(const tera_t *tera, gyre_operator_t *op, tally_t *tally)
{
    gyre_operator_counts_t counts = {.size = sizeof(counts)};
    gyre_status_t status = gyre_operator_count(op, &counts);
    const uint64_t sums[2] = {counts.rows_received, counts.bytes_spilled};
    if (status == GYRE_OK)
        status = gyre_allreduce(tera->world, sums, &tally->rows, 2, GYRE_UINT64, GYRE_SUM);
    if (status == GYRE_OK)
        status = gyre_allreduce(tera->world, &counts.memory_peak, &tally->memory, 1, GYRE_UINT64,
                                GYRE_MAX);
    return status;
}

static gyre_status_t sort(sink_t *sink, const char *in, tally_t *tally)
{
    gyre_operator_t *op;
    gyre_status_t status = make_operator(sink, &op);
    if (status != GYRE_OK)
        return status;
    status = run(sink->tera, op, in);
    if (status == GYRE_OK)
        status = add_up(sink->tera, op, tally);
    gyre_operator_destroy(op);
    return status;
}

bool tera_sort(const tera_t *tera, const char *in, const char *out)
{
    const gyre_output_opts_t opts = {.overwrite = tera->overwrite};
    sink_t sink = {.tera = tera, .parts = calloc((size_t)tera->sinks, sizeof(*sink.parts))};
    double start = tera_seconds();
    tally_t tally;
    if (!sink.parts)
        return tera_complain("no memory for %d parts", tera->sinks);
    gyre_status_t status = gyre_output_open(out, &opts, &sink.output);
    if (status == GYRE_OK)
        status = sort(&sink, in, &tally);
    if (status == GYRE_OK)
        status = commit(&sink);
    for (int i = 0; i < tera->sinks; i++)
        gyre_part_abort(sink.parts[i]);
    gyre_output_close(sink.output);
    free(sink.parts);
    if (!tera_ok(status) || !tera_report(tera, "sort", tally.rows, start))
        return false;
    return tera->rank != 0 ||
           printf("sort: %.1f MB of GYRE_MEMORY in a worker at most, %.1f MB spilled\n",
                  (double)tally.memory / 1e6, (double)tally.spilled / 1e6) > 0;
}
