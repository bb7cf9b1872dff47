/* SPDX-License-Identifier: Apache-2.0 */
/* Whole vectors up and down a k-nomial tree, whose root may be another than the plan's. */
#ifndef GYRE_HARP_KNOMIAL_H
#define GYRE_HARP_KNOMIAL_H

#include "harp/plan.h"

/* Reduces to top, in rank order where top is 0: there to `sum`, elsewhere by way of scratch memory.
 * The step returned comes after all that this does. */
int32_t gyre__knomial_reduce(const gyre__plan_t *plan, gyre__schedule_t *s, int top,
                             gyre__ref_t sum);

/* top's output to all others' outputs, which may be written after step ready. */
void gyre__knomial_bcast(const gyre__plan_t *plan, gyre__schedule_t *s, int top, int32_t ready);

#endif
