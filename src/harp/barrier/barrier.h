/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms of barrier. */
#ifndef GYRE_HARP_BARRIER_H
#define GYRE_HARP_BARRIER_H

#include "harp/plan.h"

void gyre__barrier_dissemination(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__barrier_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__barrier_nodes(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__barrier_tree(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
