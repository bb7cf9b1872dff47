/* SPDX-License-Identifier: Apache-2.0 */
/* What placements share. Tasks that are linked by datasets form a bundle: their equal indices go
 * to one worker together, whatever the placement. A task without links is a bundle by itself. */
#ifndef GYRE_TASKS_PLACEMENT_H
#define GYRE_TASKS_PLACEMENT_H

#include "tasks/graph.h"
#include "tasks/plan.h"

/* In integers, so that sums are exact: millionths of a processor, and bytes. */
typedef struct gyre__needs {
    uint64_t cpus, memory, disk;
} gyre__needs_t;

typedef struct gyre__bundle {
    size_t *tasks; /* of the plan; the first has the lowest number */
    size_t count;
    int parallelism;     /* of each */
    gyre__needs_t needs; /* of all tasks of an index */
} gyre__bundle_t;

typedef struct gyre__placer {
    gyre_plan_t *plan;
    const gyre_plan_opts_t *opts;
    const gyre_graph_t *const *graphs;
    size_t *graph_of; /* of each task of the plan */
    const gyre__vertex_t **nodes;
    gyre__bundle_t *bundles; /* in the order of their first tasks */
    size_t bundle_count;
    size_t *members;   /* tasks of all bundles */
    int *graph_counts; /* instances of a graph on a worker: graph * workers + worker */
} gyre__placer_t;

typedef gyre_status_t (*gyre__place_all_fn)(gyre__placer_t *placer);

gyre_status_t gyre__place_round_robin(gyre__placer_t *placer);
gyre_status_t gyre__place_linked(gyre__placer_t *placer);
gyre_status_t gyre__place_first_fit(gyre__placer_t *placer);
gyre_status_t gyre__place_locality(gyre__placer_t *placer);
gyre_status_t gyre__place_user(gyre__placer_t *placer);

/* Places all instances of the graphs. Bundles are made before, and freed after. */
gyre_status_t gyre__placement_run(gyre__placer_t *placer);

/* --- Bundles --- */

gyre_status_t gyre__bundles_make(gyre__placer_t *placer);
void gyre__bundles_free(gyre__placer_t *placer);

/* --- Placing --- */

/* Whether neither the plan's bound nor that of a graph forbids it. */
bool gyre__placer_has_room(const gyre__placer_t *placer, const gyre__bundle_t *bundle, int worker);
/* The first worker with room from that one on, around; -1: none. */
int gyre__placer_next(const gyre__placer_t *placer, const gyre__bundle_t *bundle, int worker);
void gyre__placer_put(gyre__placer_t *placer, const gyre__bundle_t *bundle, int index, int worker);
/* The error where no worker has room. */
gyre_status_t gyre__placer_full(const gyre__placer_t *placer, const gyre__bundle_t *bundle,
                                int index);

/* A worker with room for that index; -1: none. */
typedef int (*gyre__choose_fn)(const gyre__placer_t *placer, const gyre__bundle_t *bundle,
                               int index);
/* All indices of a bundle; of all bundles. */
gyre_status_t gyre__place_bundle(gyre__placer_t *placer, const gyre__bundle_t *bundle,
                                 gyre__choose_fn choose);
gyre_status_t gyre__place_bundles(gyre__placer_t *placer, gyre__choose_fn choose);

/* As linked does, for what has no data. */
int gyre__choose_linked(const gyre__placer_t *placer, const gyre__bundle_t *bundle, int index);

#endif
