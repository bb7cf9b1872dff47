/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms of allreduce. */
#ifndef GYRE_HARP_ALLREDUCE_H
#define GYRE_HARP_ALLREDUCE_H

#include "harp/plan.h"

void gyre__allreduce_double_binary_tree(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_gather_reduce(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_node_flat(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_node_flat_mapped(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_node_shared(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_nodes_leader(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_nodes_shared(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_ordered(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_recursive_doubling(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_reduce_bcast(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_ring(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__allreduce_scatter_gather(const gyre__plan_t *plan, gyre__schedule_t *s);

/* What the nodes' speakers do with a vector of those bytes. */
gyre__generate_fn gyre__allreduce_among_nodes(const gyre__plan_t *plan, uint64_t bytes);

#endif
