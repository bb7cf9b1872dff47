/* SPDX-License-Identifier: Apache-2.0 */
/* The others copy their blocks straight from root's memory; root waits until they have. */
#include "harp/scatter/scatter.h"

#include "harp/node.h"

static void direct(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__reach_t reach)
{
    uint64_t own = (uint64_t)plan->rank * plan->bytes;
    int32_t at = gyre__node_open(plan, s, reach, gyre__scatter_node);
    if (plan->rank == plan->root) {
        at = gyre__copy(s, at, gyre__in(own), gyre__out(0), plan->bytes);
        gyre__node_await_all(plan, s, at, 1);
        return;
    }
    at = gyre__copy(s, at, gyre__of(gyre__peer(GYRE__PEER_IN, own), plan->root), gyre__out(0),
                    plan->bytes);
    gyre__publish(s, at, 1, gyre__tmp(0), 0, plan->root);
}

void gyre__scatter_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    direct(plan, s, GYRE__REACH_COPY);
}

void gyre__scatter_node_mapped(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    direct(plan, s, GYRE__REACH_MAPPED);
}
