/* SPDX-License-Identifier: Apache-2.0 */
/* The others copy their blocks straight into root's memory, all at once; root waits for them. */
#include "harp/gather/gather.h"

#include "harp/node.h"

void gyre__gather_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t own = (uint64_t)plan->rank * plan->bytes;
    int32_t at = gyre__node_open(plan, s, GYRE__REACH_COPY, gyre__gather_node);
    if (plan->rank == plan->root) {
        at = gyre__copy(s, at, gyre__in(0), gyre__out(own), plan->bytes);
        gyre__node_await_all(plan, s, at, 1);
        return;
    }
    at = gyre__copy(s, at, gyre__in(0), gyre__of(gyre__peer(GYRE__PEER_OUT, own), plan->root),
                    plan->bytes);
    gyre__publish(s, at, 1, gyre__tmp(0), 0, plan->root);
}
