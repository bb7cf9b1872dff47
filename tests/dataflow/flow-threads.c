/* SPDX-License-Identifier: Apache-2.0 */
/* Several operators at once, each driven by a thread of its own on every worker. */
#include "lib/check.h"

#include <gyre/operator.h>
#include <pthread.h>

enum { THREADS = 3, BATCHES = 60, ROWS = 3000 };

typedef struct job {
    int number;
    gyre_operator_t *op;
    const gyre_schema_t *schema;
    uint64_t rows, sum;
    int64_t last;
} job_t;

static int64_t value_of(const job_t *job, int source, int64_t row)
{
    return (int64_t)(check_mix((uint64_t)(job->number * 1000 + source), (uint64_t)row) >> 20);
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    job_t *job = arg;
    (void)target;
    (void)source;
    if (!batch)
        return GYRE_OK;
    const int64_t *values = batch->columns[0]->values;
    for (size_t i = 0; i < batch->length; i++) {
        if (job->number == GYRE_SORT)
            CHECK(values[i] >= job->last);
        job->last = values[i];
        job->sum += (uint64_t)values[i];
    }
    job->rows += batch->length;
    return GYRE_OK;
}

static void insert(const job_t *job, gyre_builder_t *builder, int64_t first)
{
    const gyre_batch_t *batch;
    gyre_status_t status;
    for (int64_t i = first; i < first + ROWS; i++)
        CHECK_OK(gyre_builder_append_int64(builder->children[0], value_of(job, check_rank, i)));
    CHECK_OK(gyre_builder_finish_batch(builder, &batch));
    while ((status = gyre_operator_insert(job->op, check_rank, batch)) == GYRE_IN_PROGRESS)
        CHECK(gyre_operator_step(job->op) >= 0);
    CHECK_OK(status);
    gyre_batch_release(batch);
}

static void *drive(void *arg)
{
    const job_t *job = arg;
    gyre_builder_t *builder;
    CHECK_OK(gyre_builder_create_batch(job->schema, NULL, &builder));
    for (int64_t i = 0; i < BATCHES; i++)
        insert(job, builder, i * ROWS);
    gyre_builder_destroy(builder);
    CHECK_OK(gyre_operator_finish(job->op, check_rank));
    CHECK_OK(gyre_operator_wait(job->op));
    return NULL;
}

static void check_job(const job_t *job)
{
    uint64_t sum = 0;
    for (int source = 0; source < check_size; source++)
        for (int64_t i = 0; i < (int64_t)BATCHES * ROWS; i++)
            sum += (uint64_t)value_of(job, source, i);
    CHECK_EQ(check_sum(job->rows), BATCHES * ROWS * check_size);
    CHECK_EQ(check_sum(job->sum), sum);
    gyre_operator_destroy(job->op);
}

static void threads(void)
{
    static const gyre_operator_kind_t kinds[THREADS] = {GYRE_PARTITION, GYRE_UNION, GYRE_SORT};
    static const gyre_sort_key_t order = {.column = 0};
    static const gyre_field_t field = {.name = "value", .kind = GYRE_KIND_INT64, .required = true};
    const gyre_schema_t *schema;
    pthread_t ids[THREADS];
    job_t jobs[THREADS];
    CHECK_OK(gyre_schema_create(&field, 1, &schema));
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job_t){.number = (int)kinds[i], .schema = schema, .last = INT64_MIN};
        gyre_operator_opts_t opts = {.size = sizeof(opts),
                                     .kind = kinds[i],
                                     .schema = schema,
                                     .receive = receive,
                                     .arg = &jobs[i]};
        if (kinds[i] == GYRE_SORT) {
            opts.order = &order;
            opts.order_count = 1;
        }
        CHECK_OK(gyre_operator_create(check_world, &opts, &jobs[i].op));
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&ids[i], NULL, drive, &jobs[i]) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(ids[i], NULL);
    for (int i = 0; i < THREADS; i++)
        check_job(&jobs[i]);
    gyre_schema_release(schema);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {{"threads", threads}};
    return check_main(argc, argv, cases, 1, GYRE_THREAD_MULTIPLE, 120);
}
