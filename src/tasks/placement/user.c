/* SPDX-License-Identifier: Apache-2.0 */
/* As the caller's function says, which is held to what all placements keep to. */
#include "base/error.h"
#include "tasks/placement/placement.h"

static gyre_status_t refused(const gyre__planned_t *task, int index, gyre_status_t status,
                             const char *why)
{
    return gyre__error(status, "instance %d of task \"%s\" of graph \"%s\": %s", index, task->task,
                       task->graph, why);
}

static gyre_status_t ask(const gyre__placer_t *placer, size_t number, int index, int *worker)
{
    const gyre_plan_opts_t *opts = placer->opts;
    const gyre_plan_t *plan = placer->plan;
    const gyre__planned_t *task = &plan->tasks[number];
    gyre__bundle_t alone = {.tasks = &number, .count = 1};
    *worker = -1;
    gyre__error_forget();
    gyre_status_t status = opts->place(opts->arg, plan, task->graph, task->task, index,
                                       task->parallelism, plan->workers, worker);
    if (status != GYRE_OK)
        return refused(task, index, status,
                       *gyre_last_error() ? gyre_last_error() : gyre_status_string(status));
    if (*worker < 0 || *worker >= plan->workers)
        return gyre__error(GYRE_ERR_RANGE,
                           "instance %d of task \"%s\" of graph \"%s\" on worker %d of %d", index,
                           task->task, task->graph, *worker, plan->workers);
    if (!gyre__placer_has_room(placer, &alone, *worker))
        return refused(task, index, GYRE_ERR_NO_RESOURCE,
                       "its worker has as many instances as it may");
    return GYRE_OK;
}

static gyre_status_t place(gyre__placer_t *placer, size_t number)
{
    gyre__bundle_t alone = {.tasks = &number, .count = 1};
    for (int index = 0; index < placer->plan->tasks[number].parallelism; index++) {
        int worker;
        gyre_status_t status = ask(placer, number, index, &worker);
        if (status != GYRE_OK)
            return status;
        gyre__placer_put(placer, &alone, index, worker);
    }
    return GYRE_OK;
}

/* Equal indices of a bundle are to be on one worker. */
static gyre_status_t check_together(const gyre__placer_t *placer, const gyre__bundle_t *bundle)
{
    const gyre__planned_t *first = &placer->plan->tasks[bundle->tasks[0]];
    for (size_t i = 1; i < bundle->count; i++) {
        const gyre__planned_t *other = &placer->plan->tasks[bundle->tasks[i]];
        for (int index = 0; index < bundle->parallelism; index++)
            if (first->workers[index] != other->workers[index])
                return gyre__error(GYRE_ERR_ARG,
                                   "instance %d of task \"%s\" of graph \"%s\" on worker %d, and "
                                   "of \"%s\" of \"%s\", which shares datasets, on worker %d",
                                   index, first->task, first->graph, first->workers[index],
                                   other->task, other->graph, other->workers[index]);
    }
    return GYRE_OK;
}

gyre_status_t gyre__place_user(gyre__placer_t *placer)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < placer->plan->task_count; i++)
        status = place(placer, i);
    for (size_t i = 0; status == GYRE_OK && i < placer->bundle_count; i++)
        status = check_together(placer, &placer->bundles[i]);
    return status;
}
