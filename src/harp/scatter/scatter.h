/* SPDX-License-Identifier: Apache-2.0 */
/* Generators of scatter; the linear one serves scatterv as well. */
#ifndef GYRE_HARP_SCATTER_SCATTER_H
#define GYRE_HARP_SCATTER_SCATTER_H

#include "harp/plan.h"

void gyre__scatter_linear(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__scatter_knomial(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__scatter_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__scatter_node_mapped(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__scatter_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__scatter_nodes(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__scatterv_node(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
