/* SPDX-License-Identifier: Apache-2.0 */
/* Two graphs, of which the second takes what the first has left: "deal" sends numbers to the part
 * that their remainder names, where "keep" keeps them as a dataset; "add" of the second graph adds
 * up its part of it, on the worker where it lies. */
#include "example.h"

#include <inttypes.h>

enum { NUMBERS = 1000 };

static const gyre_field_t field = {.name = "number", .kind = GYRE_KIND_INT64, .required = true};
static const char *const names[] = {"numbers", NULL};

static gyre_status_t deal(gyre_task_t *task, void *state)
{
    const gyre_batch_t *batch;
    gyre_builder_t *builder;
    gyre_status_t status = gyre_builder_create_batch(state, NULL, &builder);
    if (status != GYRE_OK)
        return status;
    for (int64_t i = gyre_task_index(task); i < NUMBERS && status == GYRE_OK;
         i += gyre_task_parallelism(task))
        status = gyre_builder_append_int64(builder->children[0], i);
    if (status == GYRE_OK)
        status = gyre_builder_finish_batch(builder, &batch);
    if (status == GYRE_OK) {
        status = gyre_task_write(task, 0, batch);
        gyre_batch_release(batch);
    }
    gyre_builder_destroy(builder);
    return status;
}

static gyre_status_t by_remainder(void *arg, int source, const gyre_batch_t *batch, size_t first,
                                  size_t count, int targets, int32_t *target_of)
{
    const int64_t *numbers = (const int64_t *)batch->columns[0]->values + first;
    (void)arg;
    (void)source;
    for (size_t i = 0; i < count; i++)
        target_of[i] = (int32_t)(numbers[i] / 10 % targets);
    return GYRE_OK;
}

static gyre_status_t keep(gyre_task_t *task, void *state, int edge, int source,
                          const gyre_batch_t *batch)
{
    (void)state;
    (void)edge;
    (void)source;
    return gyre_task_output(task, "numbers", batch);
}

static gyre_status_t add(gyre_task_t *task, void *state)
{
    int index = gyre_task_index(task), parts = gyre_task_parallelism(task);
    int64_t *sum = state, own = 0;
    size_t count;
    const gyre_batch_t *const *batches =
        gyre_dataset_batches(gyre_task_input(task, "numbers"), index, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t row = 0; row < batches[i]->length; row++) {
            int64_t number = ((const int64_t *)batches[i]->columns[0]->values)[row];
            if (number / 10 % parts != index)
                return GYRE_ERR_STATE;
            own += number;
        }
    __atomic_fetch_add(sum, own, __ATOMIC_RELAXED); /* others may add on other threads */
    return GYRE_OK;
}

static gyre_status_t make(const gyre_schema_t *schema, int64_t *sum, gyre_graph_t **graphs)
{
    const gyre_task_opts_t tasks[] = {
        {.size = sizeof(*tasks), .source = deal, .arg = (void *)schema},
        {.size = sizeof(*tasks), .receive = keep, .outputs = names},
        {.size = sizeof(*tasks), .source = add, .inputs = names, .arg = sum}};
    const gyre_edge_opts_t edge = {.size = sizeof(edge),
                                   .from = "deal",
                                   .to = "keep",
                                   .flow = {.size = sizeof(edge.flow),
                                            .kind = GYRE_PARTITION,
                                            .schema = schema,
                                            .partitioner = GYRE_PARTITIONER_USER,
                                            .partition = by_remainder}};
    gyre_status_t status = gyre_graph_create("first", 0, &graphs[0]);
    if (status == GYRE_OK)
        status = gyre_graph_create("second", 0, &graphs[1]);
    if (status == GYRE_OK)
        status = gyre_graph_add(graphs[0], "deal", &tasks[0]);
    if (status == GYRE_OK)
        status = gyre_graph_add(graphs[0], "keep", &tasks[1]);
    if (status == GYRE_OK)
        status = gyre_graph_connect(graphs[0], &edge);
    return status == GYRE_OK ? gyre_graph_add(graphs[1], "add", &tasks[2]) : status;
}

/* Both are planned at once, so that equal parts meet on one worker. */
static gyre_status_t run(gyre_comm_t *world, const gyre_graph_t *const *graphs)
{
    gyre_executor_t *executors[2] = {NULL, NULL};
    gyre_dataset_t *numbers = NULL;
    gyre_plan_t *plan = NULL;
    gyre_status_t status = gyre_plan_create_for(world, graphs, 2, NULL, &plan);
    for (int i = 0; i < 2 && status == GYRE_OK; i++)
        status = gyre_executor_create(world, graphs[i], plan, NULL, &executors[i]);
    if (status == GYRE_OK)
        status = gyre_executor_run(executors[0]);
    if (status == GYRE_OK)
        status = gyre_executor_get(executors[0], "numbers", &numbers);
    if (status == GYRE_OK)
        status = gyre_executor_set(executors[1], "numbers", numbers);
    if (status == GYRE_OK)
        status = gyre_executor_run(executors[1]);
    gyre_dataset_release(numbers);
    gyre_executor_destroy(executors[1]);
    gyre_executor_destroy(executors[0]);
    gyre_plan_destroy(plan);
    return status;
}

int main(void)
{
    gyre_graph_t *graphs[2] = {NULL, NULL};
    const gyre_schema_t *schema;
    gyre_context_t *ctx;
    int64_t own = 0, all;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    if (gyre_schema_create(&field, 1, &schema) != GYRE_OK || make(schema, &own, graphs) != GYRE_OK)
        return fail("graphs");
    if (run(world, (const gyre_graph_t *const *)graphs) != GYRE_OK)
        return fail("run");
    if (gyre_allreduce(world, &own, &all, 1, GYRE_INT64, GYRE_SUM) != GYRE_OK)
        return fail("allreduce");
    if (gyre_comm_rank(world) == 0)
        printf("%d numbers, which one graph dealt out and another added up: %" PRId64 "\n", NUMBERS,
               all);
    gyre_graph_destroy(graphs[1]);
    gyre_graph_destroy(graphs[0]);
    gyre_schema_release(schema);
    gyre_finalize(ctx);
    return all != NUMBERS * (NUMBERS - 1) / 2;
}
