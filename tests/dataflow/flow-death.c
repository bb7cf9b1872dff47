/* SPDX-License-Identifier: Apache-2.0 */
/* A worker dies at a random moment of an operator, of one that keeps, and spills where memory is
 * tiny, or not: while it inserts, or is given rows. Every other's calls return
 * GYRE_ERR_PEER_FAILED, none waits for ever, and the survivors' next operator works. */
#include "lib/check.h"

#include <gyre/operator.h>
#include <gyre/survive.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { RUNS = 40, SURVIVORS_RUNS = 3, ROWS = 30000 };

/* What targets do: one dies when it is given rows, the others take none until it has. */
static enum { TAKE, DIE, REFUSE } manner;
static uint64_t rows_received;

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    (void)arg;
    (void)target;
    (void)source;
    if (manner == DIE)
        kill(getpid(), SIGKILL);
    if (manner == REFUSE)
        return GYRE_IN_PROGRESS;
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

static gyre_status_t insert(gyre_operator_t *op, int source, const gyre_batch_t *batch)
{
    gyre_status_t status;
    while ((status = gyre_operator_insert(op, source, batch)) == GYRE_IN_PROGRESS)
        if ((status = gyre_operator_step(op)) < 0)
            break;
    return status;
}

/* right: the source there of a join, which inserts once; -1: none. */
static gyre_status_t run(gyre_operator_t *op, int source, int right, const gyre_batch_t *batch,
                         int batches, int dies_at)
{
    gyre_status_t status = right < 0 ? GYRE_OK : insert(op, right, batch);
    for (int i = 0; i < batches && status >= 0; i++) {
        if (i == dies_at)
            kill(getpid(), SIGKILL);
        status = insert(op, source, batch);
    }
    if (status >= 0 && right >= 0)
        status = gyre_operator_finish(op, right);
    if (status >= 0)
        status = gyre_operator_finish(op, source);
    return status < 0 ? status : gyre_operator_wait(op);
}

static gyre_operator_opts_t draw(uint64_t *random, const gyre_schema_t *schema)
{
    static const size_t key = 0;
    static const gyre_sort_key_t order = {.column = 0};
    static const gyre_aggregate_t count = {.fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS};
    static const gyre_operator_opts_t drawn[] = {
        {.kind = GYRE_PARTITION, .keys = &key, .key_count = 1},
        {.kind = GYRE_GATHER, .keys = &key, .key_count = 1},
        {.kind = GYRE_REDUCE,
         .keys = &key,
         .key_count = 1,
         .aggregates = &count,
         .aggregate_count = 1},
        {.kind = GYRE_SORT, .order = &order, .order_count = 1},
        {.kind = GYRE_JOIN, .keys = &key, .key_count = 1, .right_keys = &key},
        {.kind = GYRE_JOIN,
         .keys = &key,
         .key_count = 1,
         .right_keys = &key,
         .algorithm = GYRE_JOIN_SORT}};
    gyre_operator_opts_t opts = drawn[check_below(random, sizeof(drawn) / sizeof(*drawn))];
    opts.size = sizeof(opts);
    opts.schema = schema;
    opts.right = opts.right_keys ? schema : NULL;
    opts.bulk = check_below(random, 2);
    opts.receive = receive;
    return opts;
}

/* Every key is there once in a batch, so many batches of which n workers insert. */
static uint64_t copies(const gyre_operator_opts_t *opts, uint64_t n, uint64_t batches)
{
    switch (opts->kind) {
    case GYRE_REDUCE:
        return 1;
    case GYRE_JOIN:
        return batches * n * n;
    default:
        return batches * n;
    }
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
    int dies_at = check_below(&random, 2) ? (int)check_below(&random, RUNS) : -1;
    CHECK_OK(gyre_schema_create(&field, 1, &schema));
    const gyre_batch_t *batch = make_batch(schema);
    gyre_operator_opts_t opts = draw(&random, schema);
    bool join = opts.kind == GYRE_JOIN;
    CHECK_OK(gyre_operator_create(check_world, &opts, &op));
    /* All are connected from here on: UCX may abort where a peer dies while it is connected to. */
    int right = join ? check_size + check_rank : -1;
    CHECK_OK(run(op, check_rank, right, batch, 1, -1));
    check_barrier();
    CHECK_OK(gyre_operator_reset(op));
    manner = dies_at >= 0 ? TAKE : check_rank == victim ? DIE : REFUSE;
    gyre_status_t status =
        run(op, check_rank, right, batch, RUNS, check_rank == victim ? dies_at : -1);
    CHECK_EQ(status, GYRE_ERR_PEER_FAILED);
    CHECK_IS(gyre_operator_progress(op), GYRE_ERR_PEER_FAILED);
    gyre_operator_destroy(op);
    CHECK_OK(gyre_comm_shrink(check_world, &survivors));
    CHECK_EQ(gyre_comm_size(survivors), check_size - 1);
    manner = TAKE;
    rows_received = 0;
    int rank = gyre_comm_rank(survivors), left = gyre_comm_size(survivors);
    CHECK_OK(gyre_operator_create(survivors, &opts, &op));
    CHECK_OK(run(op, rank, join ? left + rank : -1, batch, SURVIVORS_RUNS, -1));
    uint64_t all[64];
    CHECK_OK(gyre_allgather(survivors, &rows_received, all, 1, GYRE_UINT64));
    for (int i = 1; i < left; i++)
        all[0] += all[i];
    CHECK_EQ(all[0], ROWS * copies(&opts, (uint64_t)left, SURVIVORS_RUNS));
    gyre_operator_destroy(op);
    gyre_comm_destroy(survivors);
    gyre_batch_release(batch);
    gyre_schema_release(schema);
    check_close();
    return 0;
}
