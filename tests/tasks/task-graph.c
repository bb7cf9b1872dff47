/* SPDX-License-Identifier: Apache-2.0 */
#include "tasks/task-graph.h"

gyre_executor_opts_t run_how;
const gyre_schema_t *run_schema;

const gyre_batch_t *make_rows(int64_t first, int64_t count)
{
    gyre_builder_t *builder;
    const gyre_batch_t *batch;
    CHECK_OK(gyre_builder_create_batch(run_schema, NULL, &builder));
    for (int64_t i = first; i < first + count; i++)
        CHECK_OK(gyre_builder_append_int64(builder->children[0], i));
    CHECK_OK(gyre_builder_finish_batch(builder, &batch));
    gyre_builder_destroy(builder);
    return batch;
}

int64_t row_value(const gyre_batch_t *batch, size_t row)
{
    return ((const int64_t *)batch->columns[0]->values)[row];
}

run_t run_open(const gyre_graph_t *graph)
{
    run_t run;
    CHECK_OK(gyre_plan_create_for(check_world, &graph, 1, NULL, &run.plan));
    CHECK_OK(gyre_executor_create(check_world, graph, run.plan, &run_how, &run.executor));
    return run;
}

void run_close(run_t *run)
{
    gyre_executor_destroy(run->executor);
    gyre_plan_destroy(run->plan);
}

void add_task(gyre_graph_t *graph, const char *name, gyre_task_opts_t opts)
{
    opts.size = sizeof(opts);
    CHECK_OK(gyre_graph_add(graph, name, &opts));
}

void add_edge(gyre_graph_t *graph, const char *from, const char *to, const char *name,
              gyre_operator_kind_t kind)
{
    gyre_edge_opts_t opts = {.size = sizeof(opts),
                             .name = name,
                             .from = from,
                             .to = to,
                             .flow = {.kind = kind, .schema = run_schema}};
    CHECK_OK(gyre_graph_connect(graph, &opts));
}

static void *receive_nothing(void *arg)
{
    CHECK_OK(gyre_recv(check_world, NULL, 0, check_rank, 1, NULL));
    return arg;
}

pthread_t wait_in_wire(void)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, receive_nothing, NULL) == 0);
    return thread;
}

void end_wait(pthread_t thread)
{
    CHECK_OK(gyre_send(check_world, NULL, 0, check_rank, 1));
    pthread_join(thread, NULL);
}
