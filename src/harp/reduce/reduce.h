/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms of reduce. */
#ifndef GYRE_HARP_REDUCE_H
#define GYRE_HARP_REDUCE_H

#include "harp/plan.h"

void gyre__reduce_chain(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_double_binary_tree(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_knomial(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_linear(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_nodes(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_scatter_gather(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
