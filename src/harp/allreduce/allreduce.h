/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms of allreduce. */
#ifndef GYRE_HARP_ALLREDUCE_H
#define GYRE_HARP_ALLREDUCE_H

#include "harp/plan.h"

void gyre__allreduce_node_flat(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_node_shared(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
