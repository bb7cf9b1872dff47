/* SPDX-License-Identifier: Apache-2.0 */
/* Around the ring: n - 1 rounds, in each of which a member passes on the partial result that came
 * last, with its own operand added, to its right neighbour.
 *
 * P. Patarasuk, X. Yuan: Bandwidth optimal all-reduce algorithms for clusters of workstations.
 * Journal of Parallel and Distributed Computing 69(2), 2009. */
#include "harp/combine.h"
#include "harp/reduce_scatter/reduce_scatter.h"

void gyre__reduce_scatter_ring(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (gyre__vector(plan) == 0)
        return;
    gyre__ref_t result = gyre__result(plan, s);
    int32_t ready = gyre__ring_reduce(plan, s, result);
    gyre__result_done(plan, s, ready, result);
}
