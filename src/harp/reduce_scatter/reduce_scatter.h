/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms of reduce_scatter and reduce_scatter_block. In place, the output is the start of
 * the input: it is written when nothing else is left to do. */
#ifndef GYRE_HARP_REDUCE_SCATTER_H
#define GYRE_HARP_REDUCE_SCATTER_H

#include "harp/plan.h"

/* Of reduce_scatter_block, too. */
enum { GYRE__REDUCE_SCATTER_ALGORITHMS = 8 };
extern const gyre__algorithm_t gyre__reduce_scatter_algorithms[GYRE__REDUCE_SCATTER_ALGORITHMS];

void gyre__reduce_scatter_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_scatter_nodes(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_scatter_nodes_leader(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_scatter_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_scatter_ordered(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_scatter_pairwise(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_scatter_recursive_halving(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_scatter_ring(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
