/* SPDX-License-Identifier: Apache-2.0 */
/* Generators of allgather and allgatherv. A member's block is the whole of its input. */
#ifndef GYRE_HARP_ALLGATHER_ALLGATHER_H
#define GYRE_HARP_ALLGATHER_ALLGATHER_H

#include "harp/plan.h"

void gyre__allgather_ring(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allgather_recursive_doubling(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allgather_bruck(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allgather_neighbor_exchange(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allgather_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allgather_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allgather_node_mapped(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allgather_nodes_leader(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allgather_nodes_shared(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
