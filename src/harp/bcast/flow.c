/* SPDX-License-Identifier: Apache-2.0 */
/* In pieces of SEGMENT bytes, along a chain or down two trees with half of the vector each.
 *
 * The trees: P. Sanders, J. Speck, J. L. Traff: Two-tree algorithms for full bandwidth broadcast,
 * reduction and scan. Parallel Computing 35(12), 2009. */
#include "harp/bcast/bcast.h"
#include "harp/flow.h"
#include "harp/move.h"

void gyre__bcast_chain(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int place = gyre__around(plan->rank, -(int64_t)plan->root, plan->size);
    gyre__branch_t at = {place > 0 ? gyre__around(plan->rank, -1, plan->size) : -1, -1,
                         place < plan->size - 1 ? gyre__around(plan->rank, 1, plan->size) : -1};
    gyre__flow_t flow = gyre__flow(plan, s, at, 0, plan->bytes, 0, false);
    for (uint32_t i = 0; i < flow.pieces; i++)
        gyre__flow_down(&flow, i, GYRE__NOW);
}

void gyre__bcast_double_binary_tree(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__flow_t flow[2];
    for (int t = 0; t < 2; t++) {
        uint64_t offset, length;
        gyre__partition(plan, 2, t, &offset, &length);
        flow[t] =
            gyre__flow(plan, s, gyre__double_tree_below(plan->root, plan->rank, plan->size, t == 1),
                       offset, length, (uint32_t)t, false);
    }
    for (uint32_t i = 0; i < flow[0].pieces; i++)
        for (int t = 0; t < 2; t++)
            if (i < flow[t].pieces)
                gyre__flow_down(&flow[t], i, GYRE__NOW);
}
