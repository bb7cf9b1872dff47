/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of the vector go around the ring, first collecting operands, then as results: 2 (n - 1)
 * rounds to the right neighbour only, 2 (n - 1)/n of the vector each way, whatever n.
 *
 * P. Patarasuk, X. Yuan: Bandwidth optimal all-reduce algorithms for clusters of workstations.
 * Journal of Parallel and Distributed Computing 69(2), 2009. */
#include "harp/allreduce/allreduce.h"
#include "harp/combine.h"

void gyre__allreduce_ring(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->bytes == 0)
        return;
    gyre__share_t mine = gyre__share(plan, plan->rank);
    gyre__ring_gather(plan, s, gyre__ring_reduce(plan, s, gyre__out(mine.offset)));
}
