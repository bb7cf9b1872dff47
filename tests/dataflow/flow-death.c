/* SPDX-License-Identifier: Apache-2.0 */
/* A worker dies at a random moment of an operator, of one that keeps, and spills where memory is
 * tiny, or not: every other's calls return GYRE_ERR_PEER_FAILED, none waits for ever, and the
 * survivors' next operator works. */
#include "lib/check.h"

#include <gyre/operator.h>
#include <gyre/survive.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { RUNS = 40, ROWS = 30000 };

static uint64_t rows_received;

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    (void)arg;
    (void)target;
    (void)source;
    rows_received += batch ? batch->length : 0;
    return GYRE_OK;
}

static const gyre_batch_t *make_batch(const gyre_schema_t *schema)
{
    gyre_builder_t *builder;
    const gyre_batch_t *batch;
    void *values;
    CHECK_OK(gyre_builder_create_batch(schema, NULL, &builder));
    CHECK_OK(gyre_builder_extend(builder->children[0], ROWS, &values));
    for (int64_t i = 0; i < ROWS; i++)
        ((int64_t *)values)[i] = i * 31;
    CHECK_OK(gyre_builder_finish_batch(builder, &batch));
    gyre_builder_destroy(builder);
    return batch;
}

static gyre_status_t run(gyre_operator_t *op, int source, const gyre_batch_t *batch, int batches,
                         int dies_at)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < batches && status >= 0; i++) {
        if (i == dies_at)
            kill(getpid(), SIGKILL);
        while ((status = gyre_operator_insert(op, source, batch)) == GYRE_IN_PROGRESS)
            if ((status = gyre_operator_step(op)) < 0)
                break;
    }
    if (status >= 0)
        status = gyre_operator_finish(op, source);
    return status < 0 ? status : gyre_operator_wait(op);
}

static gyre_operator_opts_t draw(uint64_t *random, const gyre_schema_t *schema)
{
    static const size_t key = 0;
    static const gyre_sort_key_t order = {.column = 0};
    static const gyre_aggregate_t count = {.fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS};
    static const gyre_operator_kind_t kinds[] = {GYRE_PARTITION, GYRE_GATHER, GYRE_REDUCE,
                                                 GYRE_SORT};
    gyre_operator_opts_t opts = {.size = sizeof(opts),
                                 .kind = kinds[check_below(random, 4)],
                                 .schema = schema,
                                 .bulk = check_below(random, 2),
                                 .receive = receive};
    if (opts.kind == GYRE_SORT) {
        opts.order = &order;
        opts.order_count = 1;
    } else {
        opts.keys = &key;
        opts.key_count = 1;
    }
    if (opts.kind == GYRE_REDUCE) {
        opts.aggregates = &count;
        opts.aggregate_count = 1;
    }
    return opts;
}

int main(void)
{
    const gyre_field_t field = {.name = "key", .kind = GYRE_KIND_INT64, .required = true};
    const gyre_schema_t *schema;
    gyre_operator_t *op;
    gyre_comm_t *survivors;
    check_open(GYRE_THREAD_SINGLE);
    check_step("death", 60);
    uint64_t random = check_share(check_seed());
    int victim = (int)check_below(&random, (uint64_t)check_size);
    int dies_at = (int)check_below(&random, RUNS);
    CHECK_OK(gyre_schema_create(&field, 1, &schema));
    const gyre_batch_t *batch = make_batch(schema);
    gyre_operator_opts_t opts = draw(&random, schema);
    CHECK_OK(gyre_operator_create(check_world, &opts, &op));
    /* All are connected from here on: UCX may abort where a peer dies while it is connected to. */
    CHECK_OK(run(op, check_rank, batch, 1, -1));
    check_barrier();
    CHECK_OK(gyre_operator_reset(op));
    gyre_status_t status = run(op, check_rank, batch, RUNS, check_rank == victim ? dies_at : -1);
    CHECK_EQ(status, GYRE_ERR_PEER_FAILED);
    CHECK_IS(gyre_operator_progress(op), GYRE_ERR_PEER_FAILED);
    gyre_operator_destroy(op);
    CHECK_OK(gyre_comm_shrink(check_world, &survivors));
    CHECK_EQ(gyre_comm_size(survivors), check_size - 1);
    rows_received = 0;
    CHECK_OK(gyre_operator_create(survivors, &opts, &op));
    CHECK_OK(run(op, gyre_comm_rank(survivors), batch, 3, -1));
    uint64_t all[64];
    CHECK_OK(gyre_allgather(survivors, &rows_received, all, 1, GYRE_UINT64));
    for (int i = 1; i < check_size - 1; i++)
        all[0] += all[i];
    uint64_t copies = opts.kind == GYRE_REDUCE ? 1 : 3 * (uint64_t)(check_size - 1);
    CHECK_EQ(all[0], ROWS * copies);
    gyre_operator_destroy(op);
    gyre_comm_destroy(survivors);
    gyre_batch_release(batch);
    gyre_schema_release(schema);
    check_close();
    return 0;
}
