/* SPDX-License-Identifier: Apache-2.0 */
/* For buffers in memory that the node shares: every member reduces its part straight from all
 * inputs and writes the result into all outputs, while it is in the cache. */
#include "harp/allreduce/allreduce.h"

#include "harp/node.h"

static int32_t spread(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at, uint64_t offset,
                      uint64_t length)
{
    for (int k = 1; k < plan->size; k++) {
        int to = (plan->rank + k) % plan->size;
        at = gyre__copy(s, at, gyre__out(offset), gyre__of(gyre__peer(GYRE__PEER_OUT, offset), to),
                        length);
    }
    return at;
}

void gyre__allreduce_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t from, bytes, chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    gyre__ref_t tmp = gyre__schedule_scratch(s, plan->rank > 1 ? chunk : 0);
    gyre__partition(plan, plan->size, plan->rank, &from, &bytes);
    int32_t at = gyre__node_open(plan, s, GYRE__REACH_MAPPED, gyre__allreduce_node_shared);
    for (uint64_t done = 0; done < bytes; done += chunk) {
        uint64_t offset = from + done, length = bytes - done < chunk ? bytes - done : chunk;
        at = gyre__node_fold(plan, s, at, plan->size, gyre__in(offset),
                             gyre__peer(GYRE__PEER_IN, offset), gyre__out(offset), tmp, length);
        at = spread(plan, s, at, offset, length);
    }
    at = gyre__publish(s, at, 1, gyre__tmp(0), 0, GYRE__ALL);
    gyre__node_await_all(plan, s, at, 1);
}
