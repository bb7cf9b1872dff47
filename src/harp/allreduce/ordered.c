/* SPDX-License-Identifier: Apache-2.0 */
/* Each member gets all operands of its share of the vector, RADIX messages at a time each way,
 * reduces them strictly from the left, and the shares go around to all: for large vectors. The
 * same sum bit for bit wherever the members are. */
#include "harp/allreduce/allreduce.h"
#include "harp/combine.h"

void gyre__allreduce_ordered(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->bytes == 0)
        return;
    gyre__share_t mine = gyre__share(plan, plan->rank);
    gyre__ring_gather(plan, s, gyre__owner_reduce(plan, s, gyre__out(mine.offset)));
}
