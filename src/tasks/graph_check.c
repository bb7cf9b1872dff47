/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a graph can run on so many workers: its shape, its operators, its datasets. */
#include "base/error.h"
#include "dataflow/operator_check.h"
#include "tasks/conf.h"
#include "tasks/graph.h"
#include "tasks/links.h"

#include <limits.h>
#include <stdlib.h>

/* --- Order --- */

/* The task at the other end of the edge comes at a later level. Whether that is news. */
static bool lift(size_t *levels, size_t from, size_t to, size_t most)
{
    size_t level = levels[from] < most ? levels[from] + 1 : most;
    if (levels[to] >= level)
        return false;
    levels[to] = level;
    return true;
}

static int by_number(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a > b) - (a < b);
}

/* The level of a task is the length of the longest way to it, of which tasks on and behind a circle
 * have none: those go up to the number of tasks, which no other reaches. */
bool gyre__graph_sort(const gyre_graph_t *graph, size_t *nodes, size_t *count)
{
    size_t total = graph->node_count, before = 0;
    for (size_t i = 0; i < total; i++)
        nodes[i] = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < graph->edge_count; i++) {
            const gyre__edge_t *edge = &graph->edges[i];
            changed |= lift(nodes, edge->from, edge->to, total);
            if (gyre__edge_joins(edge))
                changed |= lift(nodes, edge->right, edge->to, total);
        }
    }
    for (size_t i = 0; i < total; i++) {
        before += nodes[i] < total;
        nodes[i] = nodes[i] * total + i;
    }
    qsort(nodes, total, sizeof(*nodes), by_number);
    for (size_t i = 0; i < total; i++)
        nodes[i] %= total;
    *count = before;
    return before == total;
}

static bool is_among(const size_t *nodes, size_t count, size_t node)
{
    for (size_t i = 0; i < count; i++)
        if (nodes[i] == node)
            return true;
    return false;
}

/* An edge to the node from one of those, and that in *from. */
static const gyre__edge_t *edge_to(const gyre_graph_t *graph, size_t node, const size_t *nodes,
                                   size_t count, size_t *from)
{
    for (size_t i = 0; i < graph->edge_count; i++) {
        const gyre__edge_t *edge = &graph->edges[i];
        if (edge->to != node)
            continue;
        *from = is_among(nodes, count, edge->from) ? edge->from : edge->right;
        if (is_among(nodes, count, *from))
            return edge;
    }
    return NULL;
}

/* Each of those has an edge from another of them: who goes back often enough is on a circle. */
static gyre_status_t circle(const gyre_graph_t *graph, const size_t *nodes, size_t count)
{
    size_t node = nodes[0], from = node;
    const gyre__edge_t *edge = NULL;
    for (size_t i = 0; i <= count; i++) {
        node = from;
        edge = edge_to(graph, node, nodes, count, &from);
    }
    return gyre__error(GYRE_ERR_ARG,
                       "edge \"%s\" of graph \"%s\" closes a circle: task \"%s\" leads to itself",
                       edge->name, graph->name, graph->nodes[node].name);
}

static gyre_status_t check_order(const gyre_graph_t *graph)
{
    size_t before, *nodes = calloc(graph->node_count, sizeof(*nodes));
    if (!nodes)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to sort %zu tasks", graph->node_count);
    gyre_status_t status = GYRE_OK;
    if (!gyre__graph_sort(graph, nodes, &before))
        status = circle(graph, nodes + before, graph->node_count - before);
    free(nodes);
    return status;
}

/* --- Tasks --- */

static const gyre__edge_t *any_edge_to(const gyre_graph_t *graph, size_t node)
{
    for (size_t i = 0; i < graph->edge_count; i++)
        if (graph->edges[i].to == node)
            return &graph->edges[i];
    return NULL;
}

static gyre_status_t check_tasks(const gyre_graph_t *graph, int workers)
{
    int64_t instances = 0;
    for (size_t i = 0; i < graph->node_count; i++) {
        const gyre__vertex_t *node = &graph->nodes[i];
        const gyre__edge_t *edge = any_edge_to(graph, i);
        if (node->opts.receive && !edge)
            return gyre__error(GYRE_ERR_ARG,
                               "task \"%s\" of graph \"%s\" receives, but no edge leads to it",
                               node->name, graph->name);
        if (node->opts.source && edge)
            return gyre__error(
                GYRE_ERR_ARG, "edge \"%s\" of graph \"%s\" leads to task \"%s\", which is a source",
                edge->name, graph->name, node->name);
        instances += gyre__graph_parallelism(node, workers);
        if (instances > INT_MAX)
            return gyre__error(GYRE_ERR_RANGE,
                               "graph \"%s\" has more than %d instances, with those of task \"%s\"",
                               graph->name, INT_MAX, node->name);
    }
    return GYRE_OK;
}

/* --- Edges --- */

static gyre_status_t nowhere(void *arg, int target, int source, const gyre_batch_t *batch)
{
    (void)arg, (void)target, (void)source, (void)batch;
    return GYRE_OK;
}

/* Whether folds go with their columns is for a table of groups to say. */
static gyre_status_t check_folds(const gyre_operator_opts_t *flow)
{
    gyre_group_t *group = NULL;
    if (flow->kind != GYRE_REDUCE && flow->kind != GYRE_ALLREDUCE)
        return GYRE_OK;
    gyre_status_t status = gyre_group_create(flow->schema, flow->keys, flow->key_count,
                                             flow->aggregates, flow->aggregate_count, &group);
    gyre_group_destroy(group);
    return status;
}

static gyre_status_t check_edge(const gyre_graph_t *graph, const gyre__edge_t *edge, int workers)
{
    gyre_operator_opts_t flow = edge->flow;
    flow.receive = nowhere;
    flow.sources = gyre__graph_parallelism(&graph->nodes[edge->from], workers);
    flow.targets = gyre__graph_parallelism(&graph->nodes[edge->to], workers);
    if (gyre__edge_joins(edge))
        flow.right_sources = gyre__graph_parallelism(&graph->nodes[edge->right], workers);
    gyre_status_t status = gyre__operator_check(&flow, workers);
    if (status == GYRE_OK)
        status = check_folds(&flow);
    return status == GYRE_OK ? status
                             : gyre__error(status, "edge \"%s\" of graph \"%s\": %s", edge->name,
                                           graph->name, gyre_last_error());
}

gyre_status_t gyre_graph_check(const gyre_graph_t *graph, int workers)
{
    if (!graph || workers < 1)
        return gyre__error(GYRE_ERR_ARG, "no graph, or %d workers, expected 1 or more", workers);
    gyre_status_t status = gyre__tasks_conf_open();
    if (status == GYRE_OK && !graph->node_count)
        status = gyre__error(GYRE_ERR_ARG, "graph \"%s\" has no tasks", graph->name);
    if (status == GYRE_OK)
        status = check_tasks(graph, workers);
    if (status == GYRE_OK)
        status = check_order(graph);
    for (size_t i = 0; status == GYRE_OK && i < graph->edge_count; i++)
        status = check_edge(graph, &graph->edges[i], workers);
    return status == GYRE_OK ? gyre__links_check(&graph, 1, workers) : status;
}
