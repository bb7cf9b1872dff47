/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms of scan and exscan. */
#ifndef GYRE_HARP_SCAN_H
#define GYRE_HARP_SCAN_H

#include "harp/plan.h"

void gyre__exscan_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__exscan_nodes(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__scan_linear(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__scan_node(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__scan_nodes(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__scan_recursive_doubling(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
