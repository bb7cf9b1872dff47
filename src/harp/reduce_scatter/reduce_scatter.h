/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms of reduce_scatter. */
#ifndef GYRE_HARP_REDUCE_SCATTER_H
#define GYRE_HARP_REDUCE_SCATTER_H

#include "harp/plan.h"

void gyre__reduce_scatter_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__reduce_scatter_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
