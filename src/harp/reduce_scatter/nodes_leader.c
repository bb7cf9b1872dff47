/* SPDX-License-Identifier: Apache-2.0 */
/* An allreduce by the nodes' leaders, of which each member keeps its own: of short vectors the
 * bytes that others get in vain cost less than a round, and who leads no node waits but once. */
#include "harp/reduce_scatter/reduce_scatter.h"

#include "harp/allreduce/allreduce.h"
#include "harp/combine.h"
#include "harp/graft.h"

void gyre__reduce_scatter_nodes_leader(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__graft_t all = {.generate = gyre__allreduce_nodes_leader,
                         .plan = *plan,
                         .stride = 1,
                         .in = gyre__in(0),
                         .tags = 1};
    gyre__share_t own = gyre__share(plan, plan->rank);
    if (gyre__vector(plan) == 0)
        return;
    all.plan.coll = GYRE__ALLREDUCE;
    all.plan.bytes = all.plan.segment = gyre__vector(plan);
    all.plan.in = (gyre__blocks_t){0};
    all.plan.in_place = false;
    all.out = gyre__schedule_scratch(s, all.plan.bytes);
    int32_t here = gyre__graft(s, &all, GYRE__NOW, GYRE__NOW);
    gyre__copy(s, here, gyre__at(all.out, own.offset), gyre__out(0), own.length);
}
