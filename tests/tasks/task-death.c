/* SPDX-License-Identifier: Apache-2.0 */
/* A worker dies within a function of a task, some of its threads computing, in a random run. Every
 * other's run returns GYRE_ERR_PEER_FAILED, tasks are closed, and the survivors' next graph runs.
 */
#include "lib/check.h"

#include <gyre/survive.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS = 20000, BATCHES = 30, RUNS = 3 };

static const gyre_batch_t *batch;
static bool dies;       /* this worker, */
static long dies_after; /* after so many batches */
static atomic_long taken, rows_taken, open_tasks;

static gyre_status_t open_task(gyre_task_t *task, void *arg, void **state)
{
    (void)task;
    (void)arg;
    open_tasks++;
    *state = calloc(1, sizeof(int));
    return GYRE_OK;
}

static void close_task(gyre_task_t *task, void *state)
{
    (void)task;
    open_tasks--;
    free(state);
}

static gyre_status_t give(gyre_task_t *task, void *state)
{
    int *given = state;
    gyre_status_t status = gyre_task_write(task, 0, batch);
    if (status != GYRE_OK)
        return status;
    *given = (*given + 1) % BATCHES;
    return *given ? GYRE_IN_PROGRESS : GYRE_OK;
}

static gyre_status_t take(gyre_task_t *task, void *state, int edge, int source,
                          const gyre_batch_t *rows)
{
    (void)task;
    (void)state;
    (void)edge;
    (void)source;
    if (dies && ++taken > dies_after)
        kill(getpid(), SIGKILL);
    rows_taken += (long)rows->length;
    return GYRE_OK;
}

static gyre_graph_t *make_graph(void)
{
    static const size_t key = 0;
    const gyre_task_opts_t source = {
        .size = sizeof(source), .source = give, .open = open_task, .close = close_task};
    const gyre_task_opts_t target = {
        .size = sizeof(target), .receive = take, .open = open_task, .close = close_task};
    const gyre_edge_opts_t edge = {
        .size = sizeof(edge),
        .from = "give",
        .to = "take",
        .flow = {.kind = GYRE_PARTITION, .schema = batch->schema, .keys = &key, .key_count = 1}};
    gyre_graph_t *graph;
    CHECK_OK(gyre_graph_create("death", 0, &graph));
    CHECK_OK(gyre_graph_add(graph, "give", &source));
    CHECK_OK(gyre_graph_add(graph, "take", &target));
    CHECK_OK(gyre_graph_connect(graph, &edge));
    return graph;
}

/* So many runs, or until one fails. */
static gyre_status_t run(gyre_comm_t *comm, const gyre_executor_opts_t *opts, int runs)
{
    gyre_graph_t *graph = make_graph();
    gyre_plan_t *plan;
    gyre_executor_t *executor;
    gyre_status_t status = GYRE_OK;
    CHECK_OK(gyre_plan_create_for(comm, (const gyre_graph_t *const *)&graph, 1, NULL, &plan));
    CHECK_OK(gyre_executor_create(comm, graph, plan, opts, &executor));
    for (int i = 0; i < runs && status == GYRE_OK; i++)
        status = gyre_executor_run(executor);
    gyre_executor_destroy(executor);
    CHECK_EQ(open_tasks, 0);
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graph);
    return status;
}

static const gyre_batch_t *make_batch(void)
{
    const gyre_field_t field = {.name = "key", .kind = GYRE_KIND_INT64, .required = true};
    const gyre_schema_t *schema;
    const gyre_batch_t *made;
    gyre_builder_t *builder;
    CHECK_OK(gyre_schema_create(&field, 1, &schema));
    CHECK_OK(gyre_builder_create_batch(schema, NULL, &builder));
    for (int64_t i = 0; i < ROWS; i++)
        CHECK_OK(gyre_builder_append_int64(builder->children[0], i * 31));
    CHECK_OK(gyre_builder_finish_batch(builder, &made));
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
    return made;
}

int main(void)
{
    gyre_comm_t *survivors;
    uint64_t all[64], sum = 0;
    check_open(GYRE_THREAD_MULTIPLE);
    check_step("death", 60);
    uint64_t random = check_share(check_seed());
    const gyre_executor_opts_t opts = {.size = sizeof(opts),
                                       .threads = (int)check_below(&random, 3),
                                       .shared = (int)check_below(&random, 2)};
    batch = make_batch();
    /* All are connected from here on: UCX may abort where a peer dies while it is connected to. */
    CHECK_OK(run(check_world, &opts, 1));
    check_barrier();
    dies = (int)check_below(&random, (uint64_t)check_size) == check_rank;
    dies_after = (long)check_below(&random, BATCHES * RUNS);
    CHECK_IS(run(check_world, &opts, RUNS + BATCHES), GYRE_ERR_PEER_FAILED);
    CHECK_OK(gyre_comm_shrink(check_world, &survivors));
    rows_taken = 0;
    CHECK_OK(run(survivors, &opts, RUNS));
    uint64_t mine = (uint64_t)rows_taken;
    CHECK_OK(gyre_allgather(survivors, &mine, all, 1, GYRE_UINT64));
    for (int i = 0; i < check_size - 1; i++)
        sum += all[i];
    CHECK_EQ(sum, (uint64_t)(check_size - 1) * RUNS * BATCHES * ROWS);
    gyre_comm_destroy(survivors);
    gyre_batch_release(batch);
    check_close();
    return 0;
}
