/* SPDX-License-Identifier: Apache-2.0 */
/* One operator, iteration by iteration: sources insert, targets receive. */
#include "comms.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct job {
    const plan_t *plan;
    gyre_operator_t *op;
    gyre_builder_t *builder;
    const gyre_batch_t **batches; /* by source; those of others stay NULL */
    oracle_t *oracle;             /* NULL: nothing is verified */
    int arrived;                  /* targets of this worker that have got all of the iteration */
} job_t;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    job_t *job = arg;
    (void)source;
    if (!batch)
        job->arrived++;
    else if (job->oracle)
        oracle_take(job->oracle, target, batch);
    return GYRE_OK;
}

static gyre_status_t barrier(void *arg, int target, uint64_t id)
{
    (void)id;
    return receive(arg, target, -1, NULL);
}

static gyre_status_t make_operator(job_t *job, const gyre_schema_t *schema)
{
    static const size_t key = 0;
    static const gyre_sort_key_t by_key = {.column = 0};
    static const gyre_aggregate_t aggregates[] = {
        {.fold = GYRE_FOLD_SUM, .column = 1, .name = "ids"},
        {.fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS, .name = "rows"}};
    const plan_t *plan = job->plan;
    const scene_t *scene = plan->scene;
    const gyre_operator_opts_t opts = {.size = sizeof(opts),
                                       .kind = scene->kind,
                                       .schema = schema,
                                       .sources = plan->sources,
                                       .targets = plan->targets,
                                       .stream = plan->stream,
                                       .bulk = scene->bulk,
                                       .keys = &key,
                                       .key_count = scene->keyed,
                                       .partitioner = scene->partitioner,
                                       .order = &by_key,
                                       .order_count = scene->ranged,
                                       .right = scene->joined ? schema : NULL,
                                       .right_sources = scene->joined ? plan->sources : 0,
                                       .right_keys = scene->joined ? &key : NULL,
                                       .join = scene->join,
                                       .algorithm = scene->algorithm,
                                       .aggregates = aggregates,
                                       .aggregate_count = scene->reduced ? 2 : 0,
                                       .receive = receive,
                                       .barrier = barrier,
                                       .arg = job};
    return gyre_operator_create(plan->world, &opts, &job->op);
}

static gyre_status_t make_batch(const plan_t *plan, gyre_builder_t *builder, uint64_t iteration,
                                int source, const gyre_batch_t **batch)
{
    void *keys, *ids;
    uint64_t rows = plan_rows(plan, source);
    gyre_status_t status = gyre_builder_extend(builder->children[0], rows, &keys);
    if (status == GYRE_OK)
        status = gyre_builder_extend(builder->children[1], rows, &ids);
    for (uint64_t row = 0; row < rows && status == GYRE_OK; row++) {
        uint64_t id = plan_id(plan, iteration, source, row);
        ((uint64_t *)keys)[row] = plan_key(plan, id);
        ((uint64_t *)ids)[row] = id;
    }
    return status == GYRE_OK ? gyre_builder_finish_batch(builder, batch) : status;
}

static gyre_status_t insert(gyre_operator_t *op, int source, const gyre_batch_t *batch)
{
    gyre_status_t status;
    while ((status = gyre_operator_insert(op, source, batch)) == GYRE_IN_PROGRESS)
        if ((status = gyre_operator_step(op)) < 0)
            break;
    return status;
}

static int targets_here(const plan_t *plan)
{
    return plan->rank < plan->targets ? (plan->targets - 1 - plan->rank) / plan->size + 1 : 0;
}

/* Until all targets of this worker are at the barrier. */
static gyre_status_t arrive(job_t *job)
{
    gyre_status_t status = GYRE_OK;
    while (status >= 0 && job->arrived < targets_here(job->plan))
        status = gyre_operator_step(job->op);
    return status < 0 ? status : GYRE_OK;
}

/* Until all targets of all workers are, who may need this worker's progress for it. */
static gyre_status_t leave(job_t *job)
{
    gyre_request_t *all;
    gyre_status_t status = gyre_ibarrier(job->plan->world, &all);
    while (status >= 0 && (status = gyre_test(&all, NULL)) == GYRE_IN_PROGRESS)
        status = gyre_operator_progress(job->op);
    return status;
}

static gyre_status_t iterate(job_t *job, uint64_t iteration, double *took)
{
    const plan_t *plan = job->plan;
    double start = seconds();
    gyre_status_t status = GYRE_OK;
    job->arrived = 0;
    for (int i = plan_next_source(plan, -1); i < plan_sources(plan) && status == GYRE_OK;
         i = plan_next_source(plan, i)) {
        status = insert(job->op, i, job->batches[i]);
        if (status == GYRE_OK)
            status = plan->stream ? gyre_operator_barrier(job->op, i, iteration)
                                  : gyre_operator_finish(job->op, i);
    }
    if (status == GYRE_OK)
        status = plan->stream ? arrive(job) : gyre_operator_wait(job->op);
    *took = seconds() - start;
    if (status != GYRE_OK)
        return status;
    return plan->stream ? leave(job) : gyre_operator_reset(job->op);
}

/* Of all sources of this worker. */
static gyre_status_t make_batches(job_t *job, uint64_t iteration)
{
    const plan_t *plan = job->plan;
    gyre_status_t status = GYRE_OK;
    for (int i = plan_next_source(plan, -1); i < plan_sources(plan) && status == GYRE_OK;
         i = plan_next_source(plan, i)) {
        gyre_batch_release(job->batches[i]);
        job->batches[i] = NULL;
        status = make_batch(plan, job->builder, iteration, i, &job->batches[i]);
    }
    return status;
}

/* took is the slowest worker's time. */
static bool run_iteration(job_t *job, uint64_t iteration, double *took)
{
    const plan_t *plan = job->plan;
    double mine;
    bool right = true;
    return comms_ok(make_batches(job, iteration), "rows") &&
           comms_ok(gyre_barrier(plan->world), "barrier") &&
           comms_ok(iterate(job, iteration, &mine), plan->scene->name) &&
           comms_ok(gyre_allreduce(plan->world, &mine, took, 1, GYRE_FLOAT64, GYRE_MAX), "time") &&
           (job->arrived == targets_here(plan) ||
            comms_complain(plan->scene->name, "targets were not told of the end, or twice")) &&
           (!job->oracle ||
            (comms_ok(oracle_judge(job->oracle, iteration, &right), "verify") && right));
}

static bool prepare(job_t *job)
{
    static const gyre_field_t fields[] = {
        {.name = "key", .kind = GYRE_KIND_INT64, .required = true},
        {.name = "id", .kind = GYRE_KIND_INT64, .required = true}};
    const plan_t *plan = job->plan;
    const gyre_schema_t *schema;
    if (!comms_ok(gyre_schema_create(fields, 2, &schema), "rows"))
        return false;
    job->batches = calloc((size_t)plan_sources(plan), sizeof(*job->batches));
    job->oracle = plan->verify ? oracle_create(plan) : NULL;
    bool ok = (job->batches && (job->oracle || !plan->verify)) ||
              comms_complain(plan->scene->name, "no memory");
    ok = ok && comms_ok(gyre_builder_create_batch(schema, NULL, &job->builder), "rows") &&
         comms_ok(make_operator(job, schema), plan->scene->name);
    gyre_schema_release(schema);
    return ok;
}

bool comms_run(const plan_t *plan, timing_t *timing)
{
    job_t job = {.plan = plan};
    double took;
    bool ok = prepare(&job);
    *timing = (timing_t){.low = 1e9};
    for (uint64_t i = 0; i < plan->warmup + plan->iterations && ok; i++) {
        ok = run_iteration(&job, i, &took);
        if (!ok || i < plan->warmup)
            continue;
        timing->mean += took / (double)plan->iterations;
        timing->low = took < timing->low ? took : timing->low;
        timing->high = took > timing->high ? took : timing->high;
    }
    for (int i = 0; job.batches && i < plan_sources(plan); i++)
        gyre_batch_release(job.batches[i]);
    free(job.batches);
    oracle_destroy(job.oracle);
    gyre_operator_destroy(job.op);
    gyre_builder_destroy(job.builder);
    return ok;
}
