/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms of bcast. */
#ifndef GYRE_HARP_BCAST_H
#define GYRE_HARP_BCAST_H

#include "harp/plan.h"

void gyre__bcast_chain(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__bcast_double_binary_tree(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__bcast_knomial(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__bcast_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__bcast_node_mapped(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__bcast_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__bcast_nodes(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__bcast_nodes_chain(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__bcast_scatter_allgather(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
