/* SPDX-License-Identifier: Apache-2.0 */
/* Generators of alltoall; linear, pairwise and node_swap serve alltoallv as well. */
#ifndef GYRE_HARP_ALLTOALL_ALLTOALL_H
#define GYRE_HARP_ALLTOALL_ALLTOALL_H

#include "harp/plan.h"

void gyre__alltoall_linear(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__alltoall_pairwise(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__alltoall_bruck(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__alltoall_node_aggregated(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__alltoall_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__alltoall_nodes(const gyre__plan_t *plan, gyre__schedule_t *s);
/* node, of two members. */
void gyre__alltoall_node_swap(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__alltoall_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__alltoall_node_mapped(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
