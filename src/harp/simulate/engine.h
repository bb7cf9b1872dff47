/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the members of a world against each other in simulated time. */
#ifndef GYRE_HARP_SIMULATE_ENGINE_H
#define GYRE_HARP_SIMULATE_ENGINE_H

#include "harp/simulate/world.h"

/* Sets the cost's seconds and rounds. lockstep: of member 0 alone, as often with itself. */
gyre_status_t gyre__sim_run(gyre__sim_world_t *world, bool lockstep, gyre__cost_t *cost);

#endif
