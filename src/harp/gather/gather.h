/* SPDX-License-Identifier: Apache-2.0 */
/* Generators of gather; the linear one serves gatherv as well. */
#ifndef GYRE_HARP_GATHER_GATHER_H
#define GYRE_HARP_GATHER_GATHER_H

#include "harp/plan.h"

void gyre__gather_linear(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__gather_knomial(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__gather_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__gather_node_mapped(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__gather_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__gather_nodes(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__gatherv_node(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
