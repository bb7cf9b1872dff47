/* SPDX-License-Identifier: Apache-2.0 */
/* Half of the vector up and down each of two trees, in pieces of SEGMENT bytes: 4 ceil(log2 n)
 * rounds for the first piece, and then every link is busy both ways. Rank order is kept.
 *
 * P. Sanders, J. Speck, J. L. Traff: Two-tree algorithms for full bandwidth broadcast, reduction
 * and scan. Parallel Computing 35(12), 2009. */
#include "harp/allreduce/allreduce.h"
#include "harp/flow.h"

static gyre__flow_t half(const gyre__plan_t *plan, gyre__schedule_t *s, bool second, uint32_t tag,
                         bool reduces)
{
    uint64_t offset, length;
    gyre__partition(plan, 2, second, &offset, &length);
    return gyre__flow(plan, s, gyre__double_tree(plan->rank, plan->size, plan->size % 2, second),
                      offset, length, tag, reduces);
}

void gyre__allreduce_double_binary_tree(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__flow_t up[2], down[2];
    for (uint32_t t = 0; t < 2; t++) {
        up[t] = half(plan, s, t == 1, 2 * t, true);
        down[t] = half(plan, s, t == 1, 2 * t + 1, false);
    }
    for (uint32_t i = 0; i < up[0].pieces; i++)
        for (int t = 0; t < 2; t++)
            if (i < up[t].pieces)
                gyre__flow_down(&down[t], i, gyre__flow_up(&up[t], i, gyre__out(0)));
}
