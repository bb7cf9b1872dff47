/* SPDX-License-Identifier: Apache-2.0 */
/* Generators of the neighbor_ collectives, v forms included. */
#ifndef GYRE_HARP_NEIGHBOR_H
#define GYRE_HARP_NEIGHBOR_H

#include "harp/plan.h"

void gyre__neighbor_allgather_linear(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__neighbor_alltoall_linear(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
