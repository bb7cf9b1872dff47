/* SPDX-License-Identifier: Apache-2.0 */
/* For buffers in memory that the node shares: every member reduces its part straight from all
 * inputs into its output, and when all have, copies the other parts from the others' outputs.
 * Nobody writes into another's memory, who may have it back already if a member fails. */
#include "harp/allreduce/allreduce.h"

#include "harp/node.h"

static int32_t reduce_part(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at)
{
    uint64_t from, bytes, chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    gyre__ref_t tmp = gyre__schedule_scratch(s, plan->rank > 1 ? chunk : 0);
    gyre__partition(plan, plan->size, plan->rank, &from, &bytes);
    for (uint64_t done = 0; done < bytes; done += chunk) {
        uint64_t offset = from + done, length = bytes - done < chunk ? bytes - done : chunk;
        at = gyre__node_fold(plan, s, at, plan->size, gyre__in(offset),
                             gyre__peer(GYRE__PEER_IN, offset), gyre__out(offset), tmp, length);
    }
    return at;
}

static int32_t take_parts(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at)
{
    for (int k = 1; k < plan->size; k++) {
        uint64_t offset, length;
        int from = (plan->rank + k) % plan->size;
        gyre__partition(plan, plan->size, from, &offset, &length);
        at = gyre__copy(s, at, gyre__of(gyre__peer(GYRE__PEER_OUT, offset), from),
                        gyre__out(offset), length);
    }
    return at;
}

void gyre__allreduce_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t at =
        gyre__node_open(plan, s, GYRE__REACH_MAPPED,
                        plan->size > 2 ? gyre__allreduce_node_shared : gyre__allreduce_node_flat);
    at = reduce_part(plan, s, at);
    at = gyre__publish(s, at, 1, gyre__tmp(0), 0, GYRE__ALL);
    at = gyre__node_await_all(plan, s, at, 1);
    at = take_parts(plan, s, at);
    at = gyre__publish(s, at, 2, gyre__tmp(0), 0, GYRE__ALL);
    gyre__node_await_all(plan, s, at, 2);
}
