/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: which worker runs which instances of a graph's tasks. See gyre_plan(3).
 *
 * Placement is a pure function of graphs and workers, so that all workers come to the same plan
 * without a word. Whatever the placement, instances of equal index of tasks that share datasets are
 * on one worker, and no worker has more instances than it may. */
#ifndef GYRE_PLAN_H
#define GYRE_PLAN_H

#include <gyre/comm.h>
#include <gyre/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a worker has. Zero: unknown, any amount fits. */
typedef struct gyre_plan_worker {
    const char *host, *rack; /* NULL: unknown */
    double cpus;
    uint64_t memory, disk; /* bytes */
} gyre_plan_worker_t;

/* Name, and how it places. */
#define GYRE_PLACEMENT_MAP(X)                                                                      \
    X(GYRE_PLACEMENT_DEFAULT, "default",                                                           \
      "locality where tasks say where their data lies, else linked")                               \
    X(GYRE_PLACEMENT_ROUND_ROBIN, "round_robin",                                                   \
      "instance i of each task on worker i modulo workers, or the next with room")                 \
    X(GYRE_PLACEMENT_LINKED, "linked",                                                             \
      "instances of each task spread evenly, neighbours together, or on the next with room")       \
    X(GYRE_PLACEMENT_FIRST_FIT, "first_fit",                                                       \
      "by what instances take: the largest first, to the "                                         \
      "first worker with room")                                                                    \
    X(GYRE_PLACEMENT_LOCALITY, "locality", "instances with data to the nearest worker with room")  \
    X(GYRE_PLACEMENT_USER, "user", "as a function says")

typedef enum gyre_placement {
#define GYRE_PLACEMENT_ENUM(name, text, brief) name,
    GYRE_PLACEMENT_MAP(GYRE_PLACEMENT_ENUM)
#undef GYRE_PLACEMENT_ENUM
        GYRE_PLACEMENTS
} gyre_placement_t;

/* "linked"; "?" for what is none. Static storage. */
GYRE_EXPORT const char *gyre_placement_name(gyre_placement_t placement);
/* GYRE_ERR_UNKNOWN, with the nearest known name. */
GYRE_EXPORT gyre_status_t gyre_placement_find(const char *name, gyre_placement_t *placement);

/* The worker, 0 to workers - 1, of an instance. Called for the instances of all tasks of all graphs
 * in turn; the plan has those before. */
typedef gyre_status_t (*gyre_place_fn)(void *arg, const gyre_plan_t *plan, const char *graph,
                                       const char *task, int index, int parallelism, int workers,
                                       int *worker);

/* Zero is the default for every field but size and workers. */
typedef struct gyre_plan_opts {
    size_t size; /* sizeof(gyre_plan_opts_t) */
    gyre_placement_t placement;
    int workers;
    const gyre_plan_worker_t *has; /* what each worker has; NULL: unknown */
    int instances;                 /* at most on a worker, of all graphs; 0: any number */
    double padding;                /* part of what a worker has that first_fit leaves free */
    gyre_place_fn place;           /* of GYRE_PLACEMENT_USER */
    void *arg;
} gyre_plan_opts_t;

/* Of graphs that share datasets. Local. GYRE_ERR_NO_RESOURCE: an instance fits nowhere, named;
 * GYRE_ERR_ARG: tasks that share a dataset differ in parallelism; what gyre_graph_check says. */
GYRE_EXPORT gyre_status_t gyre_plan_create(const gyre_graph_t *const *graphs, size_t count,
                                           const gyre_plan_opts_t *opts, gyre_plan_t **plan);
/* NULL is allowed. */
GYRE_EXPORT void gyre_plan_destroy(gyre_plan_t *plan);

/* The same for the workers of comm with what each of them has: its host and, by GYRE_RACKS, its
 * rack, the processors that it may run on, its share of the node's memory and of the room in
 * GYRE_SPILL_DIRS. Collective. opts may be NULL; its workers and has are not looked at. Placement
 * GYRE_TASK_PLACEMENT where it is default. Fails at all members or at none; GYRE_ERR_ARG: one came
 * to another plan. */
GYRE_EXPORT gyre_status_t gyre_plan_create_for(gyre_comm_t *comm, const gyre_graph_t *const *graphs,
                                               size_t count, const gyre_plan_opts_t *opts,
                                               gyre_plan_t **plan);

GYRE_EXPORT int gyre_plan_workers(const gyre_plan_t *plan);
/* The worker of an instance; -1: there is no such. */
GYRE_EXPORT int gyre_plan_worker(const gyre_plan_t *plan, const char *graph, const char *task,
                                 int index);
/* Instances of the task, 0: there is no such; on a worker, of all graphs. */
GYRE_EXPORT int gyre_plan_parallelism(const gyre_plan_t *plan, const char *graph, const char *task);
GYRE_EXPORT int gyre_plan_count(const gyre_plan_t *plan, int worker);

/* For people: a line for each worker, with what it has and its instances. */
GYRE_EXPORT void gyre_plan_print(const gyre_plan_t *plan, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
