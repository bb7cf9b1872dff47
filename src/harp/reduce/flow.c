/* SPDX-License-Identifier: Apache-2.0 */
/* In pieces of SEGMENT bytes, along a chain or up two trees with half of the vector each. Whose
 * sum it is in the end passes it on to root, piece by piece, where it is not root.
 *
 * The trees: P. Sanders, J. Speck, J. L. Traff: Two-tree algorithms for full bandwidth broadcast,
 * reduction and scan. Parallel Computing 35(12), 2009. */
#include "harp/flow.h"
#include "harp/reduce/reduce.h"

static gyre__flow_t flow_to_root(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__branch_t at,
                                 int parts, int part)
{
    uint64_t offset, length;
    gyre__partition(plan, parts, part, &offset, &length);
    if (at.parent < 0 && plan->rank != plan->root)
        at.parent = plan->root;
    return gyre__flow(plan, s, at, offset, length, (uint32_t)part, true);
}

static void reduce_piece(gyre__flow_t *flow, uint32_t i, int top)
{
    int root = flow->plan->root;
    int32_t ready = gyre__flow_up(flow, i, gyre__out(0));
    if (flow->plan->rank == root && top != root)
        gyre__flow_result(flow, i, top, ready);
}

/* ((x0 op x1) op x2) ...: strictly from the left. */
void gyre__reduce_chain(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int last = plan->size - 1;
    gyre__branch_t at = {plan->rank < last ? plan->rank + 1 : -1, plan->rank - 1, -1};
    gyre__flow_t flow = flow_to_root(plan, s, at, 1, 0);
    for (uint32_t i = 0; i < flow.pieces; i++)
        reduce_piece(&flow, i, last);
}

static gyre__branch_t branch_of(const gyre__plan_t *plan, bool second, int *top)
{
    if (plan->commutative) {
        *top = plan->root;
        return gyre__double_tree_below(plan->root, plan->rank, plan->size, second);
    }
    *top = gyre__double_tree_root(plan->size, plan->size % 2, second);
    return gyre__double_tree(plan->rank, plan->size, plan->size % 2, second);
}

void gyre__reduce_double_binary_tree(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__flow_t flow[2];
    int top[2];
    for (int t = 0; t < 2; t++)
        flow[t] = flow_to_root(plan, s, branch_of(plan, t == 1, &top[t]), 2, t);
    for (uint32_t i = 0; i < flow[0].pieces; i++)
        for (int t = 0; t < 2; t++)
            if (i < flow[t].pieces)
                reduce_piece(&flow[t], i, top[t]);
}
