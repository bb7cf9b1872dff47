/* SPDX-License-Identifier: Apache-2.0 */
/* Every member copies the others' blocks straight from their memory. */
#include "harp/allgather/allgather.h"

#include "harp/node.h"

static void direct(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__reach_t reach)
{
    int32_t at = gyre__node_open(plan, s, reach, gyre__allgather_node);
    at = gyre__copy(s, at, gyre__in(0), gyre__out(gyre__block_offset(plan, &plan->out, plan->rank)),
                    gyre__block_length(plan, &plan->out, plan->rank));
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->rank + k) % plan->size;
        at = gyre__copy(s, at, gyre__of(gyre__peer(GYRE__PEER_IN, 0), from),
                        gyre__out(gyre__block_offset(plan, &plan->out, from)),
                        gyre__block_length(plan, &plan->out, from));
    }
    at = gyre__publish(s, at, 1, gyre__tmp(0), 0, GYRE__ALL);
    gyre__node_await_all(plan, s, at, 1);
}

void gyre__allgather_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    direct(plan, s, GYRE__REACH_COPY);
}

void gyre__allgather_node_mapped(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    direct(plan, s, GYRE__REACH_MAPPED);
}
