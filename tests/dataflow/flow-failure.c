/* SPDX-License-Identifier: Apache-2.0 */
/* An operator that fails on one worker, whose target or partitioner returns an error or whose disk
 * is full, fails on all, with the same status and a text that says where and why, however full of
 * data everything is; and the next operator works. */
#include "lib/check.h"

#include <gyre/operator.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 30000 };

typedef struct failure {
    int victim;
    bool at_target, at_partitioner; /* of the victim */
    uint64_t after;                 /* calls */
    bool stubborn;                  /* targets of others take nothing */
    uint64_t calls, rows;
} failure_t;

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    failure_t *f = arg;
    const gyre_batch_t *slice;
    (void)target;
    (void)source;
    if (f->at_target && check_rank == f->victim && f->calls++ == f->after) {
        if (batch)
            CHECK_IS(gyre_batch_slice(batch, batch->length + 1, 0, &slice), GYRE_ERR_RANGE);
        return GYRE_ERR_PERMISSION; /* what was said before goes with it */
    }
    if (f->stubborn && check_rank != f->victim)
        return GYRE_IN_PROGRESS;
    f->rows += batch ? batch->length : 0;
    return GYRE_OK;
}

static gyre_status_t partition(void *arg, int source, const gyre_batch_t *batch, size_t first,
                               size_t count, int targets, int32_t *target_of)
{
    failure_t *f = arg;
    (void)source;
    (void)batch;
    if (f->at_partitioner && check_rank == f->victim && f->calls++ == f->after)
        return GYRE_ERR_PERMISSION;
    for (size_t i = 0; i < count; i++)
        target_of[i] = (int32_t)((first + i) % (size_t)targets);
    return GYRE_OK;
}

static const gyre_batch_t *make_batch(const gyre_schema_t *schema, int64_t first)
{
    gyre_builder_t *builder;
    const gyre_batch_t *batch;
    void *values;
    CHECK_OK(gyre_builder_create_batch(schema, NULL, &builder));
    CHECK_OK(gyre_builder_extend(builder->children[0], ROWS, &values));
    for (int64_t i = 0; i < ROWS; i++)
        ((int64_t *)values)[i] = first + i;
    CHECK_OK(gyre_builder_finish_batch(builder, &batch));
    gyre_builder_destroy(builder);
    return batch;
}

/* batches 0: until there is an error. */
static gyre_status_t run(gyre_operator_t *op, const gyre_schema_t *schema, int batches)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; (i < batches || !batches) && status >= 0; i++) {
        const gyre_batch_t *batch =
            make_batch(schema, ((int64_t)i * check_size + check_rank) * ROWS);
        while ((status = gyre_operator_insert(op, check_rank, batch)) == GYRE_IN_PROGRESS)
            if ((status = gyre_operator_step(op)) < 0)
                break;
        gyre_batch_release(batch);
    }
    if (status >= 0)
        status = gyre_operator_finish(op, check_rank);
    return status < 0 ? status : gyre_operator_wait(op);
}

static const gyre_schema_t *make_schema(void)
{
    const gyre_field_t field = {.name = "key", .kind = GYRE_KIND_INT64, .required = true};
    const gyre_schema_t *schema;
    CHECK_OK(gyre_schema_create(&field, 1, &schema));
    return schema;
}

/* The text, and that the operator stays as it is. */
static void check_failed(gyre_operator_t *op, const failure_t *f, gyre_status_t status,
                         const char *what)
{
    char who[32];
    snprintf(who, sizeof(who), "rank %d ", f->victim);
    CHECK(strstr(gyre_last_error(), what) != NULL);
    CHECK((strstr(gyre_last_error(), who) != NULL) == (check_rank != f->victim));
    CHECK_IS(gyre_operator_progress(op), status);
    CHECK_IS(gyre_operator_wait(op), status);
    CHECK(strstr(gyre_last_error(), what) != NULL);
    CHECK_IS(gyre_operator_reset(op), status);
}

static void fail_once(failure_t f, const gyre_schema_t *schema, const char *what)
{
    gyre_operator_opts_t opts = {.size = sizeof(opts),
                                 .kind = GYRE_PARTITION,
                                 .schema = schema,
                                 .partitioner = GYRE_PARTITIONER_USER,
                                 .partition = partition,
                                 .receive = receive,
                                 .arg = &f};
    gyre_operator_t *op;
    CHECK_OK(gyre_operator_create(check_world, &opts, &op));
    for (int i = 0; f.stubborn && check_rank == f.victim && i < 1000; i++)
        CHECK_IS(gyre_operator_progress(op), GYRE_IN_PROGRESS); /* others fill what there is */
    CHECK_IS(run(op, schema, 0), GYRE_ERR_PERMISSION);
    check_failed(op, &f, GYRE_ERR_PERMISSION, what);
    gyre_operator_destroy(op);
    f = (failure_t){.victim = -1};
    CHECK_OK(gyre_operator_create(check_world, &opts, &op));
    CHECK_OK(run(op, schema, 2));
    CHECK_EQ(check_sum(f.rows), (uint64_t)2 * ROWS * (uint64_t)check_size);
    gyre_operator_destroy(op);
}

static void functions(void)
{
    uint64_t random = check_share(check_seed());
    const gyre_schema_t *schema = make_schema();
    for (int i = 0; i < 30; i++) {
        failure_t f = {.victim = (int)check_below(&random, (uint64_t)check_size),
                       .after = check_below(&random, 20),
                       .stubborn = check_below(&random, 2)};
        /* Nothing comes to a target where others hold all pages. */
        f.at_target = !f.stubborn && check_below(&random, 2);
        f.at_partitioner = !f.at_target;
        if (f.stubborn)
            f.after = 0;
        fail_once(f, schema, f.at_target ? "rows from row" : "partitioner ");
    }
    gyre_schema_release(schema);
}

/* One target keeps more than its disk takes, which is small where memory is. */
static void disk(void)
{
    static const size_t key = 0;
    failure_t f = {.victim = check_size - 1};
    gyre_operator_t *op;
    const gyre_schema_t *schema = make_schema();
    gyre_operator_opts_t opts = {.size = sizeof(opts),
                                 .kind = GYRE_REDUCE,
                                 .schema = schema,
                                 .keys = &key,
                                 .key_count = 1,
                                 .targets = 1,
                                 .target_ranks = &f.victim,
                                 .receive = receive,
                                 .arg = &f};
    if (getenv("GYRE_MEMORY")) {
        CHECK_OK(gyre_operator_create(check_world, &opts, &op));
        gyre_status_t status = run(op, schema, 0);
        CHECK_EQ(status, GYRE_ERR_NO_RESOURCE);
        check_failed(op, &f, status, "spill directory ");
        gyre_operator_destroy(op);
    }
    gyre_schema_release(schema);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {{"functions", functions}, {"disk", disk}};
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 200);
}
