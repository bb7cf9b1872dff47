/* SPDX-License-Identifier: Apache-2.0 */
/* Building graphs. What can be said of one task or edge alone is said when it is added; what needs
 * the others or the workers, by gyre_graph_check. */
#include "tasks/graph.h"

#include "base/conf.h"
#include "base/error.h"
#include "tasks/conf.h"
#include "tasks/graph_copy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_empty(const char *text)
{
    return !text || !*text;
}

gyre_status_t gyre_graph_create(const char *name, int stream, gyre_graph_t **graph)
{
    if (is_empty(name) || !graph)
        return gyre__error(GYRE_ERR_ARG, "a graph without a name, or no place for it");
    gyre_graph_t *made = calloc(1, sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for graph \"%s\"", name);
    made->stream = stream != 0;
    gyre_status_t status = gyre__text_copy(name, &made->name);
    if (status != GYRE_OK) {
        free(made);
        return status;
    }
    *graph = made;
    return GYRE_OK;
}

void gyre_graph_destroy(gyre_graph_t *graph)
{
    if (!graph)
        return;
    for (size_t i = 0; i < graph->node_count; i++)
        gyre__vertex_cleanup(&graph->nodes[i]);
    for (size_t i = 0; i < graph->edge_count; i++)
        gyre__edge_cleanup(&graph->edges[i]);
    free(graph->nodes);
    free(graph->edges);
    free(graph->name);
    free(graph);
}

gyre_status_t gyre_graph_limit(gyre_graph_t *graph, int instances)
{
    if (!graph || instances < 0)
        return gyre__error(GYRE_ERR_RANGE, "%d instances on a worker, expected 0 or more",
                           instances);
    graph->limit = instances;
    return GYRE_OK;
}

/* Room for one more of width bytes; NULL: no memory, and the array stays. */
static void *grow(void *array, size_t count, size_t width)
{
    bool full = (count & (count - 1)) == 0; /* rooms are powers of two */
    return full ? realloc(array, (count ? 2 * count : 1) * width) : array;
}

/* --- Tasks --- */

size_t gyre__graph_find(const gyre_graph_t *graph, const char *name)
{
    size_t at = 0;
    while (at < graph->node_count && strcmp(graph->nodes[at].name, name) != 0)
        at++;
    return at;
}

int gyre__graph_parallelism(const gyre__vertex_t *node, int workers)
{
    int usual = (int)gyre__tasks_conf.parallelism;
    return node->opts.parallelism ? node->opts.parallelism : usual ? usual : workers;
}

static gyre_status_t check_functions(const char *name, const gyre_task_opts_t *opts)
{
    if (!opts->source == !opts->receive)
        return gyre__error(GYRE_ERR_ARG, "task \"%s\" %s source and receive, expected one of them",
                           name, opts->source ? "has both" : "lacks");
    if (opts->source && (opts->barrier || opts->watermark))
        return gyre__error(GYRE_ERR_ARG,
                           "task \"%s\" is a source: nothing leads to it that a %s could come from",
                           name, opts->barrier ? "barrier" : "watermark");
    return GYRE_OK;
}

static gyre_status_t check_figures(const char *name, const gyre_task_opts_t *opts)
{
    if (opts->parallelism < 0 || opts->parallelism > GYRE__PARALLELISM_MAX)
        return gyre__error(GYRE_ERR_RANGE, "task \"%s\" of %d instances, expected 0 to %d", name,
                           opts->parallelism, GYRE__PARALLELISM_MAX);
    if (!isfinite(opts->cpus) || opts->cpus < 0)
        return gyre__error(GYRE_ERR_RANGE, "task \"%s\" takes %g processors, expected 0 or more",
                           name, opts->cpus);
    if (opts->setting_count && !opts->settings)
        return gyre__error(GYRE_ERR_ARG, "task \"%s\" has %zu settings at NULL", name,
                           opts->setting_count);
    for (size_t i = 0; i < opts->setting_count; i++)
        if (is_empty(opts->settings[i].key) || !opts->settings[i].value)
            return gyre__error(GYRE_ERR_ARG, "setting %zu of task \"%s\" lacks key or value", i,
                               name);
    return GYRE_OK;
}

/* Names of datasets, each once. */
static gyre_status_t check_names(const char *task, const char *what, const char *const *names)
{
    for (size_t i = 0; names && names[i]; i++) {
        if (!*names[i])
            return gyre__error(GYRE_ERR_ARG, "%s %zu of task \"%s\" has no name", what, i, task);
        for (size_t k = 0; k < i; k++)
            if (strcmp(names[i], names[k]) == 0)
                return gyre__error(GYRE_ERR_ARG, "task \"%s\" names %s \"%s\" twice", task, what,
                                   names[i]);
    }
    return GYRE_OK;
}

static gyre_status_t check_task(const gyre_graph_t *graph, const char *name,
                                const gyre_task_opts_t *opts)
{
    if (!graph || is_empty(name) || !opts)
        return gyre__error(GYRE_ERR_ARG, "a task needs a graph, a name and options");
    if (opts->size != sizeof(*opts))
        return gyre__error(GYRE_ERR_ARG, "task \"%s\" has options of %zu bytes, expected %zu", name,
                           opts->size, sizeof(*opts));
    if (gyre__graph_find(graph, name) < graph->node_count)
        return gyre__error(GYRE_ERR_ARG, "graph \"%s\" has a task \"%s\" already", graph->name,
                           name);
    gyre_status_t status = check_functions(name, opts);
    if (status == GYRE_OK)
        status = check_figures(name, opts);
    if (status == GYRE_OK)
        status = check_names(name, "input", opts->inputs);
    return status == GYRE_OK ? check_names(name, "output", opts->outputs) : status;
}

gyre_status_t gyre_graph_add(gyre_graph_t *graph, const char *name, const gyre_task_opts_t *opts)
{
    gyre_status_t status = check_task(graph, name, opts);
    if (status != GYRE_OK)
        return status;
    gyre__vertex_t node = {.opts = *opts};
    status = gyre__vertex_own(&node);
    if (status == GYRE_OK)
        status = gyre__text_copy(name, &node.name);
    gyre__vertex_t *grown = grow(graph->nodes, graph->node_count, sizeof(*grown));
    if (status == GYRE_OK && !grown)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for task \"%s\"", name);
    graph->nodes = grown ? grown : graph->nodes;
    if (status != GYRE_OK)
        gyre__vertex_cleanup(&node);
    else
        graph->nodes[graph->node_count++] = node;
    return status;
}

/* --- Edges --- */

static gyre_status_t unknown_task(const gyre_graph_t *graph, const char *edge, const char *name)
{
    const char **names = calloc(graph->node_count + 1, sizeof(*names));
    for (size_t i = 0; names && i < graph->node_count; i++)
        names[i] = graph->nodes[i].name;
    const char *near = names ? gyre__conf_nearest(name, names, graph->node_count) : NULL;
    free(names);
    return gyre__error(GYRE_ERR_NOT_FOUND, "edge \"%s\": graph \"%s\" has no task \"%s\"%s%s%s",
                       edge, graph->name, name, near ? " (did you mean \"" : "", near ? near : "",
                       near ? "\"?)" : "");
}

static gyre_status_t find(const gyre_graph_t *graph, const char *edge, const char *name,
                          size_t *node)
{
    size_t at = gyre__graph_find(graph, name);
    if (at == graph->node_count)
        return unknown_task(graph, edge, name);
    *node = at;
    return GYRE_OK;
}

/* What copying them relies on. */
static gyre_status_t check_arrays(const char *edge, const gyre_operator_opts_t *flow)
{
    const char *missing = NULL;
    if (!flow->schema)
        missing = "schema";
    else if (flow->key_count && !flow->keys)
        missing = "keys";
    else if (flow->key_count && flow->kind == GYRE_JOIN && !flow->right_keys)
        missing = "keys of the right side";
    else if (flow->aggregate_count && !flow->aggregates)
        missing = "aggregates";
    else if (flow->order_count && !flow->order)
        missing = "order";
    if (missing)
        return gyre__error(GYRE_ERR_ARG, "edge \"%s\": no %s", edge, missing);
    size_t columns = flow->schema->field_count;
    if (flow->key_count > columns || flow->order_count > columns)
        return gyre__error(GYRE_ERR_RANGE,
                           "edge \"%s\": %zu keys and an order by %zu, of %zu columns", edge,
                           flow->key_count, flow->order_count, columns);
    return GYRE_OK;
}

/* The name is known; edge.name is the caller's, or made. */
static gyre_status_t resolve(const gyre_graph_t *graph, const gyre_edge_opts_t *opts,
                             gyre__edge_t *edge)
{
    for (size_t i = 0; i < graph->edge_count; i++)
        if (strcmp(graph->edges[i].name, edge->name) == 0)
            return gyre__error(GYRE_ERR_ARG,
                               "graph \"%s\" has an edge \"%s\" already: give this one a name",
                               graph->name, edge->name);
    gyre_status_t status = find(graph, edge->name, opts->from, &edge->from);
    if (status == GYRE_OK)
        status = find(graph, edge->name, opts->to, &edge->to);
    if (status == GYRE_OK && gyre__edge_joins(edge) && is_empty(opts->right))
        status = gyre__error(GYRE_ERR_ARG, "edge \"%s\": a join without the task of its right side",
                             edge->name);
    else if (status == GYRE_OK && gyre__edge_joins(edge))
        status = find(graph, edge->name, opts->right, &edge->right);
    else if (status == GYRE_OK && opts->right)
        status = gyre__error(GYRE_ERR_ARG, "edge \"%s\": a right side for a %s", edge->name,
                             gyre_operator_kind_name(edge->flow.kind));
    return status == GYRE_OK ? check_arrays(edge->name, &edge->flow) : status;
}

static gyre_status_t name_edge(const gyre_edge_opts_t *opts, char **name)
{
    if (!is_empty(opts->name))
        return gyre__text_copy(opts->name, name);
    size_t size = strlen(opts->from) + strlen(opts->to) + 2;
    char *made = malloc(size);
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the name of an edge");
    snprintf(made, size, "%s-%s", opts->from, opts->to);
    *name = made;
    return GYRE_OK;
}

/* Without what is the executor's to say. */
static gyre_operator_opts_t flow_of(const gyre_graph_t *graph, const gyre_edge_opts_t *opts)
{
    gyre_operator_opts_t flow = opts->flow;
    flow.size = sizeof(flow);
    flow.sources = flow.targets = flow.right_sources = 0;
    flow.source_ranks = flow.target_ranks = flow.right_ranks = NULL;
    flow.receive = NULL;
    flow.barrier = NULL;
    flow.watermark = NULL;
    flow.stream = graph->stream;
    return flow;
}

static gyre_status_t append_edge(gyre_graph_t *graph, gyre__edge_t *edge)
{
    gyre__edge_t *grown = grow(graph->edges, graph->edge_count, sizeof(*grown));
    if (!grown)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for edge \"%s\"", edge->name);
    graph->edges = grown;
    graph->edges[graph->edge_count++] = *edge;
    return GYRE_OK;
}

gyre_status_t gyre_graph_connect(gyre_graph_t *graph, const gyre_edge_opts_t *opts)
{
    if (!graph || !opts || is_empty(opts->from) || is_empty(opts->to))
        return gyre__error(GYRE_ERR_ARG, "an edge needs a graph, and tasks from and to");
    if (opts->size != sizeof(*opts))
        return gyre__error(GYRE_ERR_ARG, "edge from \"%s\" has options of %zu bytes, expected %zu",
                           opts->from, opts->size, sizeof(*opts));
    gyre__edge_t edge = {.flow = flow_of(graph, opts)};
    gyre_status_t status = name_edge(opts, &edge.name);
    if (status != GYRE_OK)
        return status;
    status = resolve(graph, opts, &edge);
    if (status != GYRE_OK) {
        free(edge.name);
        return status;
    }
    status = gyre__edge_own(&edge);
    if (status == GYRE_OK)
        status = append_edge(graph, &edge);
    if (status != GYRE_OK)
        gyre__edge_cleanup(&edge);
    return status;
}
