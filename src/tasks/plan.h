/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a plan. It owns all that it points to, and needs no graph once it is made. */
#ifndef GYRE_TASKS_PLAN_H
#define GYRE_TASKS_PLAN_H

#include <gyre/plan.h>

typedef struct gyre__planned {
    char *graph, *task;
    int parallelism;
    int *workers; /* of each instance; -1: not placed yet */
} gyre__planned_t;

struct gyre_plan {
    gyre_placement_t placement;
    size_t graphs;
    gyre__planned_t *tasks; /* those of a graph together, in its order */
    size_t task_count;
    int workers;
    gyre_plan_worker_t *has; /* of each worker */
    int *counts;             /* instances on it */
};

#endif
