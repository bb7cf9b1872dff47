/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles of linked tasks, and what it takes to place them. */
#include "base/error.h"
#include "tasks/conf.h"
#include "tasks/links.h"
#include "tasks/placement/placement.h"

#include <math.h>
#include <stdlib.h>

/* --- Needs --- */

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

/* What a task does not say is as configured. */
static void add_needs(gyre__needs_t *needs, const gyre_task_opts_t *opts)
{
    const gyre__tasks_conf_t *conf = &gyre__tasks_conf;
    double cpus = opts->cpus > 0 ? opts->cpus : (double)conf->cpus;
    needs->cpus = sum(needs->cpus, (uint64_t)fmin(ceil(cpus * 1e6), 0x1p62));
    needs->memory = sum(needs->memory, opts->memory ? opts->memory : conf->memory);
    needs->disk = sum(needs->disk, opts->disk ? opts->disk : conf->disk);
}

/* --- Bundles --- */

/* Each task gets the number of the first one that it is linked to, over however many others. */
static void label(const gyre__placer_t *placer, size_t *first)
{
    size_t count = placer->plan->task_count;
    for (size_t i = 0; i < count; i++)
        first[i] = i;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++) {
            size_t low = first[k] < first[i] ? first[k] : first[i];
            size_t high = first[k] < first[i] ? first[i] : first[k];
            if (low == high || !gyre__link(placer->nodes[i], placer->nodes[k]))
                continue;
            for (size_t t = 0; t <= i; t++)
                first[t] = first[t] == high ? low : first[t];
        }
}

static void gather(gyre__placer_t *placer, const size_t *first)
{
    size_t *members = placer->members, count = placer->plan->task_count;
    for (size_t i = 0; i < count; i++) {
        if (first[i] != i)
            continue;
        gyre__bundle_t *bundle = &placer->bundles[placer->bundle_count++];
        *bundle =
            (gyre__bundle_t){.tasks = members, .parallelism = placer->plan->tasks[i].parallelism};
        for (size_t t = i; t < count; t++)
            if (first[t] == i) {
                bundle->tasks[bundle->count++] = t;
                add_needs(&bundle->needs, &placer->nodes[t]->opts);
            }
        members += bundle->count;
    }
}

gyre_status_t gyre__bundles_make(gyre__placer_t *placer)
{
    size_t count = placer->plan->task_count;
    size_t *first = calloc(count, sizeof(*first));
    placer->bundles = calloc(count, sizeof(*placer->bundles));
    placer->members = calloc(count, sizeof(*placer->members));
    bool made = first && placer->bundles && placer->members;
    if (made) {
        label(placer, first);
        gather(placer, first);
    }
    free(first);
    return made ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory to place %zu tasks", count);
}

void gyre__bundles_free(gyre__placer_t *placer)
{
    free(placer->bundles);
    free(placer->members);
}

/* --- Placing --- */

/* How many tasks of the bundle are of the graph. */
static int count_of(const gyre__placer_t *placer, const gyre__bundle_t *bundle, size_t graph)
{
    int count = 0;
    for (size_t i = 0; i < bundle->count; i++)
        count += placer->graph_of[bundle->tasks[i]] == graph;
    return count;
}

static int *graph_count(const gyre__placer_t *placer, size_t graph, int worker)
{
    return &placer->graph_counts[graph * (size_t)placer->plan->workers + (size_t)worker];
}

bool gyre__placer_has_room(const gyre__placer_t *placer, const gyre__bundle_t *bundle, int worker)
{
    int most = placer->opts->instances;
    if (most && bundle->count + (size_t)placer->plan->counts[worker] > (size_t)most)
        return false;
    for (size_t i = 0; i < bundle->count; i++) {
        size_t graph = placer->graph_of[bundle->tasks[i]];
        int limit = placer->graphs[graph]->limit;
        if (limit && count_of(placer, bundle, graph) > limit - *graph_count(placer, graph, worker))
            return false;
    }
    return true;
}

int gyre__placer_next(const gyre__placer_t *placer, const gyre__bundle_t *bundle, int worker)
{
    int workers = placer->plan->workers;
    for (int i = 0; i < workers; i++) {
        int at = worker + i < workers ? worker + i : worker + i - workers;
        if (gyre__placer_has_room(placer, bundle, at))
            return at;
    }
    return -1;
}

void gyre__placer_put(gyre__placer_t *placer, const gyre__bundle_t *bundle, int index, int worker)
{
    gyre_plan_t *plan = placer->plan;
    for (size_t i = 0; i < bundle->count; i++) {
        size_t task = bundle->tasks[i];
        plan->tasks[task].workers[index] = worker;
        ++*graph_count(placer, placer->graph_of[task], worker);
    }
    plan->counts[worker] += (int)bundle->count;
}

gyre_status_t gyre__placer_full(const gyre__placer_t *placer, const gyre__bundle_t *bundle,
                                int index)
{
    const gyre__planned_t *task = &placer->plan->tasks[bundle->tasks[0]];
    return gyre__error(GYRE_ERR_NO_RESOURCE,
                       "instance %d of task \"%s\" of graph \"%s\"%s fits on none of %d workers: "
                       "those with room have as many instances as they may",
                       index, task->task, task->graph,
                       bundle->count > 1 ? ", with those that share its datasets," : "",
                       placer->plan->workers);
}

gyre_status_t gyre__place_bundle(gyre__placer_t *placer, const gyre__bundle_t *bundle,
                                 gyre__choose_fn choose)
{
    for (int index = 0; index < bundle->parallelism; index++) {
        int worker = choose(placer, bundle, index);
        if (worker < 0)
            return gyre__placer_full(placer, bundle, index);
        gyre__placer_put(placer, bundle, index, worker);
    }
    return GYRE_OK;
}

gyre_status_t gyre__place_bundles(gyre__placer_t *placer, gyre__choose_fn choose)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < placer->bundle_count; i++)
        status = gyre__place_bundle(placer, &placer->bundles[i], choose);
    return status;
}
