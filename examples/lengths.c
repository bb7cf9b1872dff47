/* SPDX-License-Identifier: Apache-2.0 */
/* Reduce by key: how many of a text's lines have which length. Every worker inserts the lengths of
 * its share's lines; each length is counted by the worker that its hash names. */
#include "example.h"

#include <inttypes.h>

typedef struct tally {
    uint64_t lengths, lines, most;
} tally_t;

/* Called with lengths and their counts, then with NULL. */
static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    tally_t *tally = arg;
    (void)target;
    (void)source;
    if (!batch)
        return GYRE_OK;
    const gyre_column_t *column = batch->columns[1];
    const int64_t *counts = column->values;
    for (size_t i = 0; i < batch->length; i++) {
        tally->lines += (uint64_t)counts[i];
        tally->most = (uint64_t)counts[i] > tally->most ? (uint64_t)counts[i] : tally->most;
    }
    tally->lengths += batch->length;
    return GYRE_OK;
}

/* Lengths of up to 1000 lines; *batch is NULL at the end. */
static gyre_status_t next_batch(gyre_lines_t *lines, gyre_builder_t *builder,
                                const gyre_batch_t **batch)
{
    gyre_builder_t *lengths = builder->children[0];
    gyre_status_t status = GYRE_OK;
    gyre_text_t line = {.data = ""};
    *batch = NULL;
    while (status == GYRE_OK && line.data && lengths->length < 1000) {
        status = gyre_lines_next(lines, &line);
        if (status == GYRE_OK && line.data)
            status = gyre_builder_append_int64(lengths, (int64_t)line.length);
    }
    return status != GYRE_OK || lengths->length == 0 ? status
                                                     : gyre_builder_finish_batch(builder, batch);
}

static gyre_status_t insert(gyre_operator_t *op, int source, const gyre_batch_t *batch)
{
    gyre_status_t status;
    while ((status = gyre_operator_insert(op, source, batch)) == GYRE_IN_PROGRESS)
        if ((status = gyre_operator_step(op)) < 0)
            break;
    return status;
}

/* The source of this worker, from its first line to the end of the operator. */
static gyre_status_t run(gyre_operator_t *op, gyre_lines_t *lines, gyre_builder_t *builder,
                         int source)
{
    const gyre_batch_t *batch;
    gyre_status_t status;
    while ((status = next_batch(lines, builder, &batch)) == GYRE_OK && batch) {
        status = insert(op, source, batch);
        gyre_batch_release(batch);
        if (status != GYRE_OK)
            break;
    }
    if (status == GYRE_OK)
        status = gyre_operator_finish(op, source);
    return status == GYRE_OK ? gyre_operator_wait(op) : status;
}

int main(int argc, char **argv)
{
    static const size_t key = 0;
    const gyre_field_t field = {.name = "length", .kind = GYRE_KIND_INT64};
    const gyre_aggregate_t count = {
        .fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS, .name = "n"};
    const char *path = argc > 1 ? argv[1] : "/usr/share/common-licenses";
    const gyre_schema_t *schema;
    gyre_context_t *ctx;
    gyre_input_t *input;
    gyre_split_t *split;
    gyre_lines_t *lines;
    gyre_builder_t *builder;
    gyre_operator_t *op;
    tally_t tally = {0};
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    int rank = gyre_comm_rank(world);
    if (gyre_input_create(&path, 1, NULL, &input) != GYRE_OK ||
        gyre_split_create(input, (uint64_t)rank, (uint64_t)gyre_comm_size(world), &split) !=
            GYRE_OK ||
        gyre_lines_open(split, 0, &lines) != GYRE_OK ||
        gyre_schema_create(&field, 1, &schema) != GYRE_OK ||
        gyre_builder_create_batch(schema, NULL, &builder) != GYRE_OK)
        return fail("open");
    const gyre_operator_opts_t opts = {.size = sizeof(opts),
                                       .kind = GYRE_REDUCE,
                                       .schema = schema,
                                       .keys = &key,
                                       .key_count = 1,
                                       .aggregates = &count,
                                       .aggregate_count = 1,
                                       .receive = receive,
                                       .arg = &tally};
    if (gyre_operator_create(world, &opts, &op) != GYRE_OK ||
        run(op, lines, builder, rank) != GYRE_OK)
        return fail("count");
    printf("worker %d: %" PRIu64 " lines of %" PRIu64 " lengths, at most %" PRIu64 " of one\n",
           rank, tally.lines, tally.lengths, tally.most);
    gyre_operator_destroy(op);
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
    gyre_lines_close(lines);
    gyre_split_destroy(split);
    gyre_input_destroy(input);
    gyre_finalize(ctx);
    return 0;
}
