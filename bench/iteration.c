/* SPDX-License-Identifier: Apache-2.0 */
/* A turn of a loop: a graph that was planned once is run again. A source on each worker gives one
 * number, an allreduce adds them, a task on each worker gets the sum, which is always checked. */
#include "worker.h"

#include <inttypes.h>
#include <stdio.h>

static gyre_graph_t *graph;
static gyre_plan_t *plan;
static gyre_executor_t *executor;
static const gyre_schema_t *schema;
static const gyre_batch_t *row;
static uint64_t sums;

static gyre_status_t give(gyre_task_t *task, void *state)
{
    (void)state;
    return gyre_task_write(task, 0, row);
}

static gyre_status_t take(gyre_task_t *task, void *state, int edge, int source,
                          const gyre_batch_t *batch)
{
    const gyre__bench_t *bench = state;
    int64_t sum = ((const int64_t *)batch->columns[0]->values)[0];
    (void)task;
    (void)edge;
    (void)source;
    sums += sum == (int64_t)bench->size * (bench->size + 1) / 2;
    return GYRE_OK;
}

static gyre_status_t make_row(const gyre__bench_t *bench)
{
    static const gyre_field_t field = {.name = "value", .kind = GYRE_KIND_INT64};
    gyre_builder_t *builder;
    gyre_status_t status = gyre_schema_create(&field, 1, &schema);
    if (status == GYRE_OK)
        status = gyre_builder_create_batch(schema, NULL, &builder);
    if (status != GYRE_OK)
        return status;
    status = gyre_builder_append_int64(builder->children[0], bench->rank + 1);
    if (status == GYRE_OK)
        status = gyre_builder_finish_batch(builder, &row);
    gyre_builder_destroy(builder);
    return status;
}

static gyre_status_t make_graph(gyre__bench_t *bench)
{
    static const gyre_aggregate_t sum = {.fold = GYRE_FOLD_SUM, .column = 0};
    const gyre_task_opts_t source = {.size = sizeof(source), .source = give};
    const gyre_task_opts_t target = {.size = sizeof(target), .receive = take, .arg = bench};
    const gyre_edge_opts_t edge = {
        .size = sizeof(edge),
        .from = "give",
        .to = "take",
        .flow = {
            .kind = GYRE_ALLREDUCE, .schema = schema, .aggregates = &sum, .aggregate_count = 1}};
    gyre_status_t status = gyre_graph_create("iteration", 0, &graph);
    if (status == GYRE_OK)
        status = gyre_graph_add(graph, "give", &source);
    if (status == GYRE_OK)
        status = gyre_graph_add(graph, "take", &target);
    return status == GYRE_OK ? gyre_graph_connect(graph, &edge) : status;
}

static int iteration_open(gyre__bench_t *bench)
{
    gyre_status_t status = make_row(bench);
    if (status == GYRE_OK)
        status = make_graph(bench);
    if (status == GYRE_OK)
        status = gyre_plan_create_for(gyre__bench_world, (const gyre_graph_t *const *)&graph, 1,
                                      NULL, &plan);
    return status == GYRE_OK ? gyre_executor_create(gyre__bench_world, graph, plan, NULL, &executor)
                             : status;
}

static void iteration_close(gyre__bench_t *bench)
{
    (void)bench;
    gyre_executor_destroy(executor);
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graph);
    gyre_batch_release(row);
    gyre_schema_release(schema);
}

static int once(gyre__bench_t *bench)
{
    sums = 0;
    gyre_status_t status = gyre_executor_run(executor);
    if (status == GYRE_OK && sums != 1 && !bench->wrong++)
        fprintf(stderr, "gyre bench iteration: %" PRIu64 " right sums at rank %d, expected 1\n",
                sums, bench->rank);
    return status;
}

const gyre__bench_op_t gyre__bench_iteration = {
    .name = "iteration",
    .title = "Iteration of a Graph",
    .help = "a run of a planned graph of two tasks and an allreduce",
    .metric = GYRE__BENCH_LATENCY,
    .everybody = true,
    .legs = 1,
    .min = 8,
    .max = 8,
    .least = 8,
    .most = 8,
    .iterations = 10000,
    .warmup = 100,
    .open = iteration_open,
    .once = once,
    .close = iteration_close,
};
