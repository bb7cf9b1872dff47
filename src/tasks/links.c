/* SPDX-License-Identifier: Apache-2.0 */
#include "tasks/links.h"

#include "base/error.h"

#include <string.h>

/* The first of the names that is among the others. */
static const char *common(const char *const *names, const char *const *others)
{
    for (; names && *names; names++)
        for (const char *const *other = others; other && *other; other++)
            if (strcmp(*names, *other) == 0)
                return *names;
    return NULL;
}

const char *gyre__link(const gyre__vertex_t *one, const gyre__vertex_t *other)
{
    const gyre_task_opts_t *a = &one->opts, *b = &other->opts;
    const char *name = common(a->outputs, b->inputs);
    if (!name)
        name = common(a->inputs, b->outputs);
    if (!name)
        name = common(a->inputs, b->inputs);
    return name ? name : common(a->outputs, b->outputs);
}

static gyre_status_t check_pair(const gyre_graph_t *graph, const gyre__vertex_t *one,
                                const gyre_graph_t *other_graph, const gyre__vertex_t *other,
                                int workers)
{
    const char *name = gyre__link(one, other);
    int here = gyre__graph_parallelism(one, workers);
    int there = gyre__graph_parallelism(other, workers);
    if (name && here != there)
        return gyre__error(GYRE_ERR_ARG,
                           "dataset \"%s\" is of task \"%s\" of graph \"%s\" with %d instances and "
                           "of task \"%s\" of graph \"%s\" with %d, expected as many",
                           name, one->name, graph->name, here, other->name, other_graph->name,
                           there);
    name = graph == other_graph ? common(one->opts.outputs, other->opts.outputs) : NULL;
    if (name)
        return gyre__error(GYRE_ERR_ARG,
                           "dataset \"%s\" is left by tasks \"%s\" and \"%s\" of graph \"%s\", "
                           "expected one",
                           name, one->name, other->name, graph->name);
    return GYRE_OK;
}

/* Of a task with those behind it. */
static gyre_status_t check_task(const gyre_graph_t *const *graphs, size_t count, size_t node,
                                int workers)
{
    gyre_status_t status = GYRE_OK;
    for (size_t g = 0; g < count; g++)
        for (size_t n = g ? 0 : node + 1; status == GYRE_OK && n < graphs[g]->node_count; n++)
            status = check_pair(graphs[0], &graphs[0]->nodes[node], graphs[g], &graphs[g]->nodes[n],
                                workers);
    return status;
}

gyre_status_t gyre__links_check(const gyre_graph_t *const *graphs, size_t count, int workers)
{
    gyre_status_t status = GYRE_OK;
    for (size_t g = 0; g < count; g++)
        for (size_t n = 0; status == GYRE_OK && n < graphs[g]->node_count; n++)
            status = check_task(graphs + g, count - g, n, workers);
    return status;
}
