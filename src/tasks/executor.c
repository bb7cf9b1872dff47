/* SPDX-License-Identifier: Apache-2.0 */
/* An executor's life: this worker's instances, the edges, the datasets by name. */
#include "tasks/executor.h"

#include "base/error.h"
#include "comm/comm.h"
#include "tasks/conf.h"

#include <stdlib.h>
#include <string.h>

static gyre_status_t no_memory(const gyre_executor_t *executor)
{
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an executor of graph \"%s\"",
                       executor->graph->name);
}

/* --- Instances --- */

static int worker_of(const gyre_executor_t *executor, size_t node, int index)
{
    return gyre_plan_worker(executor->plan, executor->graph->name,
                            executor->graph->nodes[node].name, index);
}

static bool leads_to(const gyre__edge_t *edge, size_t node)
{
    return edge->to == node;
}

/* How often: a join of a task with itself comes twice from it. */
static int leads_from(const gyre__edge_t *edge, size_t node)
{
    return (edge->from == node) + (gyre__edge_joins(edge) && edge->right == node);
}

static void add_outboxes(gyre_task_t *task, gyre__flow_t *flow, size_t node)
{
    const gyre__edge_t *edge = flow->edge;
    if (edge->from == node)
        task->outboxes[task->outbox_count++] =
            (gyre__outbox_t){.flow = flow, .source = task->index, .schema = edge->flow.schema};
    if (gyre__edge_joins(edge) && edge->right == node)
        task->outboxes[task->outbox_count++] =
            (gyre__outbox_t){.flow = flow,
                             .source = task->executor->parallelism[edge->from] + task->index,
                             .schema = edge->flow.right};
}

static gyre_status_t task_open(gyre_executor_t *executor, gyre_task_t *task, size_t node, int index)
{
    size_t inboxes = 0, outboxes = 0;
    const gyre_graph_t *graph = executor->graph;
    for (size_t i = 0; i < graph->edge_count; i++) {
        inboxes += leads_to(&graph->edges[i], node);
        outboxes += (size_t)leads_from(&graph->edges[i], node);
    }
    *task = (gyre_task_t){.executor = executor,
                          .node = &graph->nodes[node],
                          .index = index,
                          .id = executor->first_id[node] + index,
                          .parallelism = executor->parallelism[node],
                          .inboxes = calloc(inboxes + 1, sizeof(*task->inboxes)),
                          .outboxes = calloc(outboxes + 1, sizeof(*task->outboxes))};
    executor->by_index[task->id] = task;
    executor->task_count++;
    if (!task->inboxes || !task->outboxes)
        return no_memory(executor);
    for (size_t i = 0; i < graph->edge_count; i++) {
        if (leads_to(&graph->edges[i], node))
            task->inboxes[task->inbox_count++].flow = &executor->flows[i];
        add_outboxes(task, &executor->flows[i], node);
    }
    return GYRE_OK;
}

static void task_close(gyre_task_t *task)
{
    if (task->opened && task->node->opts.close)
        task->node->opts.close(task, task->state);
    for (size_t i = 0; i < task->inbox_count; i++)
        gyre__items_cleanup(&task->inboxes[i].queue);
    for (size_t i = 0; i < task->outbox_count; i++)
        gyre__items_cleanup(&task->outboxes[i].queue);
    free(task->inboxes);
    free(task->outboxes);
}

static gyre_status_t open_tasks(gyre_executor_t *executor)
{
    gyre_status_t status = GYRE_OK;
    int rank = gyre_comm_rank(executor->comm), size = gyre_comm_size(executor->comm);
    int total = 0, here = 0;
    for (size_t i = 0; i < executor->graph->node_count; i++) {
        executor->parallelism[i] = gyre__graph_parallelism(&executor->graph->nodes[i], size);
        executor->first_id[i] = total;
        total += executor->parallelism[i];
        for (int k = 0; k < executor->parallelism[i]; k++)
            here += worker_of(executor, i, k) == rank;
    }
    executor->tasks = calloc((size_t)here + 1, sizeof(*executor->tasks));
    executor->by_index = calloc((size_t)total + 1, sizeof(*executor->by_index));
    if (!executor->tasks || !executor->by_index)
        return no_memory(executor);
    for (size_t i = 0; i < executor->graph->node_count; i++)
        for (int k = 0; k < executor->parallelism[i] && status == GYRE_OK; k++)
            if (worker_of(executor, i, k) == rank)
                status = task_open(executor, &executor->tasks[executor->task_count], i, k);
    return status;
}

static void name_flows(gyre_executor_t *executor)
{
    const gyre_graph_t *graph = executor->graph;
    for (size_t i = 0; i < graph->edge_count; i++) {
        executor->flows[i] = (gyre__flow_t){.executor = executor, .edge = &graph->edges[i]};
        for (size_t k = 0; k < i; k++)
            executor->flows[i].inbox += graph->edges[k].to == graph->edges[i].to;
    }
}

/* --- Datasets --- */

static gyre__shelf_t *find_shelf(gyre_executor_t *executor, const char *name, bool output)
{
    for (size_t i = 0; i < executor->shelf_count; i++)
        if (executor->shelves[i].is_output == output &&
            strcmp(executor->shelves[i].name, name) == 0)
            return &executor->shelves[i];
    return NULL;
}

static gyre_status_t add_shelves(gyre_executor_t *executor, const char *const *names, int parts,
                                 bool output)
{
    for (; names && *names; names++) {
        if (find_shelf(executor, *names, output))
            continue;
        gyre__shelf_t *grown =
            realloc(executor->shelves, (executor->shelf_count + 1) * sizeof(*grown));
        if (!grown)
            return no_memory(executor);
        executor->shelves = grown;
        grown[executor->shelf_count++] =
            (gyre__shelf_t){.name = *names, .parts = parts, .is_output = output};
    }
    return GYRE_OK;
}

static gyre_status_t open_shelves(gyre_executor_t *executor)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < executor->graph->node_count && status == GYRE_OK; i++) {
        const gyre_task_opts_t *opts = &executor->graph->nodes[i].opts;
        status = add_shelves(executor, opts->inputs, executor->parallelism[i], false);
        if (status == GYRE_OK)
            status = add_shelves(executor, opts->outputs, executor->parallelism[i], true);
    }
    return status;
}

gyre_status_t gyre_executor_set(gyre_executor_t *executor, const char *name,
                                gyre_dataset_t *dataset)
{
    if (!executor || !name)
        return gyre__error(GYRE_ERR_ARG, "no executor or no name: NULL");
    gyre__shelf_t *shelf = find_shelf(executor, name, false);
    if (!shelf)
        return gyre__error(GYRE_ERR_NOT_FOUND, "no task of graph \"%s\" reads a dataset \"%s\"",
                           executor->graph->name, name);
    if (executor->started)
        return gyre__error(GYRE_ERR_STATE, "dataset \"%s\" is set while a run is under way", name);
    if (dataset && gyre_dataset_parts(dataset) != shelf->parts)
        return gyre__error(GYRE_ERR_ARG, "dataset \"%s\" of %d parts for %d instances", name,
                           gyre_dataset_parts(dataset), shelf->parts);
    gyre_dataset_retain(dataset);
    gyre_dataset_release(shelf->dataset);
    shelf->dataset = dataset;
    return GYRE_OK;
}

gyre_status_t gyre_executor_get(gyre_executor_t *executor, const char *name,
                                gyre_dataset_t **dataset)
{
    if (!executor || !name || !dataset)
        return gyre__error(GYRE_ERR_ARG, "no executor, name or place for the dataset: NULL");
    gyre__shelf_t *shelf = find_shelf(executor, name, true);
    if (!shelf)
        return gyre__error(GYRE_ERR_NOT_FOUND, "no task of graph \"%s\" leaves a dataset \"%s\"",
                           executor->graph->name, name);
    if (executor->started || !shelf->dataset)
        return gyre__error(GYRE_ERR_STATE, "dataset \"%s\" is there after a run", name);
    *dataset = gyre_dataset_retain(shelf->dataset);
    return GYRE_OK;
}

/* --- The executor --- */

static gyre_status_t check(gyre_comm_t *comm, const gyre_graph_t *graph, const gyre_plan_t *plan,
                           const gyre_executor_opts_t *opts, gyre_executor_t **executor)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    if (!graph || !plan || !executor)
        return gyre__error(GYRE_ERR_ARG, "no graph, plan or place for the executor: NULL");
    if (opts && opts->size < sizeof(*opts))
        return gyre__error(GYRE_ERR_ARG, "options of %zu bytes, expected %zu", opts->size,
                           sizeof(*opts));
    if (opts && opts->threads < 0)
        return gyre__error(GYRE_ERR_RANGE, "%d threads, expected 0 or more", opts->threads);
    int size = gyre_comm_size(comm);
    status = gyre_graph_check(graph, size);
    if (status == GYRE_OK && gyre_plan_workers(plan) != size)
        status = gyre__error(GYRE_ERR_ARG, "a plan for %d workers in a communicator of %d",
                             gyre_plan_workers(plan), size);
    for (size_t i = 0; i < graph->node_count && status == GYRE_OK; i++) {
        const gyre__vertex_t *node = &graph->nodes[i];
        int expected = gyre__graph_parallelism(node, size);
        if (gyre_plan_parallelism(plan, graph->name, node->name) != expected)
            status = gyre__error(GYRE_ERR_ARG,
                                 "the plan has %d instances of task \"%s\" of graph \"%s\", "
                                 "expected %d",
                                 gyre_plan_parallelism(plan, graph->name, node->name), node->name,
                                 graph->name, expected);
    }
    return status;
}

static gyre_status_t executor_open(gyre_executor_t *executor)
{
    size_t nodes = executor->graph->node_count, edges = executor->graph->edge_count;
    executor->flows = calloc(edges + 1, sizeof(*executor->flows));
    executor->parallelism = calloc(nodes + 1, sizeof(*executor->parallelism));
    executor->first_id = calloc(nodes + 1, sizeof(*executor->first_id));
    if (!executor->flows || !executor->parallelism || !executor->first_id)
        return no_memory(executor);
    name_flows(executor);
    gyre_status_t status = open_tasks(executor);
    if (status == GYRE_OK)
        status = open_shelves(executor);
    if (status == GYRE_OK)
        status = gyre__flows_open(executor);
    return status == GYRE_OK ? gyre__crew_open(executor) : status;
}

gyre_status_t gyre_executor_create(gyre_comm_t *comm, const gyre_graph_t *graph,
                                   const gyre_plan_t *plan, const gyre_executor_opts_t *opts,
                                   gyre_executor_t **executor)
{
    gyre_status_t status = gyre__tasks_conf_open();
    if (status == GYRE_OK)
        status = check(comm, graph, plan, opts, executor);
    if (status != GYRE_OK)
        return status;
    gyre_executor_t *made = calloc(1, sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an executor");
    made->comm = comm;
    made->graph = graph;
    made->plan = plan;
    made->opts = opts ? *opts : (gyre_executor_opts_t){0};
    if (made->opts.threads == 0)
        made->opts.threads = (int)gyre__tasks_conf.threads;
    made->pending = gyre__tasks_conf.pending;
    made->watch = made->timer = -1;
    gyre__list_init(&made->ready);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    status = executor_open(made);
    if (status != GYRE_OK) {
        gyre_executor_destroy(made);
        return status;
    }
    *executor = made;
    return GYRE_OK;
}

void gyre_executor_destroy(gyre_executor_t *executor)
{
    if (!executor)
        return;
    gyre__crew_close(executor);
    if (executor->opts.closing)
        executor->opts.closing(executor->opts.arg, executor);
    for (size_t i = 0; i < executor->task_count; i++)
        task_close(&executor->tasks[i]);
    gyre__flows_close(executor);
    gyre__await_close(executor);
    for (size_t i = 0; i < executor->shelf_count; i++)
        gyre_dataset_release(executor->shelves[i].dataset);
    pthread_cond_destroy(&executor->changed);
    pthread_mutex_destroy(&executor->lock);
    free(executor->shelves);
    free(executor->by_index);
    free(executor->tasks);
    free(executor->first_id);
    free(executor->parallelism);
    free(executor->flows);
    free(executor->why);
    free(executor);
}
