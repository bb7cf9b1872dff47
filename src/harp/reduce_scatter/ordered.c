/* SPDX-License-Identifier: Apache-2.0 */
/* All operands of a block go to its member, RADIX messages at a time each way, which reduces them
 * strictly from the left: n - 1 messages, and as many blocks of scratch memory. */
#include "harp/combine.h"
#include "harp/reduce_scatter/reduce_scatter.h"

void gyre__reduce_scatter_ordered(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__ref_t result = gyre__result(plan, s);
    int32_t ready = gyre__owner_reduce(plan, s, result);
    gyre__result_done(plan, s, ready, result);
}
