/* SPDX-License-Identifier: Apache-2.0 */
#include "tasks/plan.h"

#include "base/error.h"
#include "tasks/links.h"
#include "tasks/placement/placement.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static gyre_status_t no_memory(const gyre_plan_t *plan)
{
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a plan of %zu tasks on %d workers",
                       plan->task_count, plan->workers);
}

void gyre_plan_destroy(gyre_plan_t *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; plan->tasks && i < plan->task_count; i++) {
        free(plan->tasks[i].graph);
        free(plan->tasks[i].task);
        free(plan->tasks[i].workers);
    }
    for (int i = 0; plan->has && i < plan->workers; i++) {
        free((char *)plan->has[i].host);
        free((char *)plan->has[i].rack);
    }
    free(plan->tasks);
    free(plan->has);
    free(plan->counts);
    free(plan);
}

/* --- Whether there can be one --- */

static gyre_status_t check_opts(const gyre_plan_opts_t *opts)
{
    if (opts->size != sizeof(*opts))
        return gyre__error(GYRE_ERR_ARG, "options of %zu bytes, expected %zu", opts->size,
                           sizeof(*opts));
    if ((unsigned)opts->placement >= GYRE_PLACEMENTS)
        return gyre__error(GYRE_ERR_UNKNOWN, "placement %d, expected 0 to %d", (int)opts->placement,
                           GYRE_PLACEMENTS - 1);
    if ((opts->placement == GYRE_PLACEMENT_USER) != (opts->place != NULL))
        return gyre__error(GYRE_ERR_ARG, "a function that places is for GYRE_PLACEMENT_USER");
    if (opts->workers < 1)
        return gyre__error(GYRE_ERR_RANGE, "%d workers, expected 1 or more", opts->workers);
    if (opts->instances < 0)
        return gyre__error(GYRE_ERR_RANGE, "%d instances on a worker, expected 0 or more",
                           opts->instances);
    if (!(opts->padding >= 0 && opts->padding < 1))
        return gyre__error(GYRE_ERR_RANGE, "padding of %g, expected 0 or more, below 1",
                           opts->padding);
    for (int i = 0; opts->has && i < opts->workers; i++)
        if (!isfinite(opts->has[i].cpus) || opts->has[i].cpus < 0)
            return gyre__error(GYRE_ERR_RANGE, "worker %d has %g processors, expected 0 or more", i,
                               opts->has[i].cpus);
    return GYRE_OK;
}

static gyre_status_t check_data(const gyre_graph_t *graph, int workers)
{
    for (size_t n = 0; n < graph->node_count; n++) {
        const gyre__vertex_t *node = &graph->nodes[n];
        int count = node->opts.data ? gyre__graph_parallelism(node, workers) : 0;
        for (int i = 0; i < count; i++)
            if (node->opts.data[i].host_count && !node->opts.data[i].hosts)
                return gyre__error(GYRE_ERR_ARG,
                                   "instance %d of task \"%s\" of graph \"%s\" has data on %zu "
                                   "hosts at NULL",
                                   i, node->name, graph->name, node->opts.data[i].host_count);
    }
    return GYRE_OK;
}

/* Each graph, and that their names differ. */
static gyre_status_t check_graphs(const gyre_graph_t *const *graphs, size_t count, int workers)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < count; i++) {
        status = gyre_graph_check(graphs[i], workers);
        if (status == GYRE_OK)
            status = check_data(graphs[i], workers);
        for (size_t k = 0; status == GYRE_OK && k < i; k++)
            if (strcmp(graphs[i]->name, graphs[k]->name) == 0)
                status = gyre__error(GYRE_ERR_ARG, "two graphs of a plan are called \"%s\"",
                                     graphs[i]->name);
    }
    return status == GYRE_OK ? gyre__links_check(graphs, count, workers) : status;
}

/* --- Making one --- */

static bool copy(const char *text, const char **into)
{
    *into = text ? strdup(text) : NULL;
    return *into || !text;
}

static gyre_status_t open_workers(gyre_plan_t *plan, const gyre_plan_opts_t *opts)
{
    plan->has = calloc((size_t)plan->workers, sizeof(*plan->has));
    plan->counts = calloc((size_t)plan->workers, sizeof(*plan->counts));
    if (!plan->has || !plan->counts)
        return no_memory(plan);
    bool copied = true;
    for (int i = 0; opts->has && i < plan->workers; i++) {
        plan->has[i] = opts->has[i];
        copied &= copy(opts->has[i].host, &plan->has[i].host);
        copied &= copy(opts->has[i].rack, &plan->has[i].rack);
    }
    return copied ? GYRE_OK : no_memory(plan);
}

static bool open_task(gyre__planned_t *task, const char *graph, const gyre__vertex_t *node,
                      int workers)
{
    task->parallelism = gyre__graph_parallelism(node, workers);
    task->graph = strdup(graph);
    task->task = strdup(node->name);
    task->workers = malloc((size_t)task->parallelism * sizeof(*task->workers));
    for (int i = 0; task->workers && i < task->parallelism; i++)
        task->workers[i] = -1;
    return task->graph && task->task && task->workers;
}

static gyre_status_t open_tasks(gyre__placer_t *placer)
{
    gyre_plan_t *plan = placer->plan;
    plan->tasks = calloc(plan->task_count, sizeof(*plan->tasks));
    placer->nodes = calloc(plan->task_count, sizeof(*placer->nodes));
    placer->graph_of = calloc(plan->task_count, sizeof(*placer->graph_of));
    placer->graph_counts =
        calloc(plan->graphs, (size_t)plan->workers * sizeof(*placer->graph_counts));
    if (!plan->tasks || !placer->nodes || !placer->graph_of || !placer->graph_counts)
        return no_memory(plan);
    int64_t instances = 0;
    for (size_t g = 0, at = 0; g < plan->graphs; g++)
        for (size_t n = 0; n < placer->graphs[g]->node_count; n++, at++) {
            placer->nodes[at] = &placer->graphs[g]->nodes[n];
            placer->graph_of[at] = g;
            instances += gyre__graph_parallelism(placer->nodes[at], plan->workers);
            if (instances > INT_MAX)
                return gyre__error(GYRE_ERR_RANGE, "a plan of more than %d instances", INT_MAX);
            if (!open_task(&plan->tasks[at], placer->graphs[g]->name, placer->nodes[at],
                           plan->workers))
                return no_memory(plan);
        }
    return GYRE_OK;
}

static gyre_status_t fill(gyre__placer_t *placer)
{
    gyre_status_t status = open_workers(placer->plan, placer->opts);
    if (status == GYRE_OK)
        status = open_tasks(placer);
    if (status == GYRE_OK)
        status = gyre__bundles_make(placer);
    if (status == GYRE_OK)
        status = gyre__placement_run(placer);
    gyre__bundles_free(placer);
    free(placer->nodes);
    free(placer->graph_of);
    free(placer->graph_counts);
    return status;
}

gyre_status_t gyre_plan_create(const gyre_graph_t *const *graphs, size_t count,
                               const gyre_plan_opts_t *opts, gyre_plan_t **plan)
{
    if (!graphs || !count || !opts || !plan)
        return gyre__error(GYRE_ERR_ARG, "a plan needs graphs and options, and a place for it");
    gyre_status_t status = check_opts(opts);
    if (status == GYRE_OK)
        status = check_graphs(graphs, count, opts->workers);
    gyre_plan_t *made = status == GYRE_OK ? calloc(1, sizeof(*made)) : NULL;
    if (!made)
        return status != GYRE_OK ? status : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a plan");
    made->placement = opts->placement;
    made->graphs = count;
    made->workers = opts->workers;
    for (size_t i = 0; i < count; i++)
        made->task_count += graphs[i]->node_count;
    gyre__placer_t placer = {.plan = made, .opts = opts, .graphs = graphs};
    status = fill(&placer);
    if (status != GYRE_OK)
        gyre_plan_destroy(made);
    else
        *plan = made;
    return status;
}

/* --- What it says --- */

static const gyre__planned_t *find(const gyre_plan_t *plan, const char *graph, const char *task)
{
    for (size_t i = 0; i < plan->task_count; i++)
        if (strcmp(plan->tasks[i].graph, graph) == 0 && strcmp(plan->tasks[i].task, task) == 0)
            return &plan->tasks[i];
    return NULL;
}

int gyre_plan_workers(const gyre_plan_t *plan)
{
    return plan->workers;
}

int gyre_plan_worker(const gyre_plan_t *plan, const char *graph, const char *task, int index)
{
    const gyre__planned_t *planned = find(plan, graph, task);
    return planned && index >= 0 && index < planned->parallelism ? planned->workers[index] : -1;
}

int gyre_plan_parallelism(const gyre_plan_t *plan, const char *graph, const char *task)
{
    const gyre__planned_t *planned = find(plan, graph, task);
    return planned ? planned->parallelism : 0;
}

int gyre_plan_count(const gyre_plan_t *plan, int worker)
{
    return worker >= 0 && worker < plan->workers ? plan->counts[worker] : 0;
}
