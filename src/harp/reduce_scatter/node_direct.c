/* SPDX-License-Identifier: Apache-2.0 */
/* For inputs in memory that the node shares: every member reduces its block straight from all of
 * them, into memory of its own: in place, its output is others' input until all have ended. */
#include "harp/reduce_scatter/reduce_scatter.h"

#include "harp/node.h"

void gyre__reduce_scatter_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    uint64_t own = gyre__block_offset(plan, &plan->in, plan->rank);
    uint64_t bytes = gyre__block_length(plan, &plan->in, plan->rank);
    gyre__ref_t tmp = gyre__schedule_scratch(s, plan->rank > 1 ? chunk : 0);
    gyre__ref_t result = plan->in_place ? gyre__schedule_scratch(s, bytes) : gyre__out(0);
    int32_t at = gyre__node_open(plan, s, GYRE__REACH_MAPPED, gyre__reduce_scatter_node);
    for (uint64_t done = 0; done < bytes; done += chunk) {
        uint64_t length = bytes - done < chunk ? bytes - done : chunk;
        at = gyre__node_fold(plan, s, at, plan->size, gyre__in(own + done),
                             gyre__peer(GYRE__PEER_IN, own + done), gyre__at(result, done), tmp,
                             length);
    }
    at = gyre__publish(s, at, 1, gyre__tmp(0), 0, GYRE__ALL);
    at = gyre__node_await_all(plan, s, at, 1);
    if (plan->in_place)
        gyre__copy(s, at, result, gyre__out(0), bytes);
}
