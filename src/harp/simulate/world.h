/* SPDX-License-Identifier: Apache-2.0 */
/* The plans of all members on a simulated machine, one at a time. */
#ifndef GYRE_HARP_SIMULATE_WORLD_H
#define GYRE_HARP_SIMULATE_WORLD_H

#include "harp/simulate/simulate.h"

enum { GYRE__SIM_NEIGHBORS = 4 };

typedef struct gyre__sim_world {
    const gyre__machine_t *machine;
    const gyre__algorithm_t *algorithm;
    gyre__plan_t plan; /* of the member seen last */
    gyre__places_t places;
    int neighbors[GYRE__SIM_NEIGHBORS];
    int *ranks;   /* 0, 1, ...: the members of a node are a piece of it */
    int *node_of; /* by rank */
    int *leaders; /* by node */
    int *domains; /* by local index: all 0 */
} gyre__sim_world_t;

gyre_status_t gyre__sim_world_init(gyre__sim_world_t *world, const gyre__machine_t *machine,
                                   gyre__coll_t coll, const gyre__algorithm_t *algorithm,
                                   uint64_t bytes);
void gyre__sim_world_cleanup(gyre__sim_world_t *world);

/* The schedule of a member, which is empty before and has an error where it got too long. */
void gyre__sim_generate(gyre__sim_world_t *world, int rank, gyre__schedule_t *s);

#endif
