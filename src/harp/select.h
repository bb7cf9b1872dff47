/* SPDX-License-Identifier: Apache-2.0 */
/* Which algorithm serves a call. */
#ifndef GYRE_HARP_SELECT_H
#define GYRE_HARP_SELECT_H

#include "harp/plan.h"

/* Whether the algorithm can do what the plan asks for. */
bool gyre__algorithm_fits(const gyre__algorithm_t *algorithm, const gyre__plan_t *plan);

/* The algorithm for the plan, whose radix and segment are set to what it shall use. */
const gyre__algorithm_t *gyre__select(gyre__plan_t *plan);

#endif
