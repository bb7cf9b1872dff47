/* SPDX-License-Identifier: Apache-2.0 */
/* For buffers in memory that the node shares: every member reduces its part straight from all
 * inputs into root's output. */
#include "harp/reduce/reduce.h"

#include "harp/node.h"

/* The part in chunks, first into memory of its own, for root's output may be root's input. */
static int32_t reduce_part(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at, uint64_t from,
                           uint64_t bytes, uint64_t chunk)
{
    gyre__ref_t tmp = gyre__schedule_scratch(s, chunk);
    gyre__ref_t to = gyre__schedule_scratch(s, chunk);
    for (uint64_t done = 0; done < bytes; done += chunk) {
        uint64_t offset = from + done, length = bytes - done < chunk ? bytes - done : chunk;
        bool root = plan->rank == plan->root;
        at = gyre__node_fold(plan, s, at, plan->size, gyre__in(offset),
                             gyre__peer(GYRE__PEER_IN, offset), root ? gyre__out(offset) : to, tmp,
                             length);
        if (!root)
            at = gyre__copy(s, at, to, gyre__of(gyre__peer(GYRE__PEER_OUT, offset), plan->root),
                            length);
    }
    return at;
}

void gyre__reduce_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t from, bytes;
    gyre__partition(plan, plan->size, plan->rank, &from, &bytes);
    int32_t at = gyre__node_open(plan, s, GYRE__REACH_MAPPED, gyre__reduce_node);
    at = reduce_part(plan, s, at, from, bytes, gyre__node_chunk(plan, GYRE__SLOT_SIZE));
    at = gyre__publish(s, at, 1, gyre__tmp(0), 0, GYRE__ALL);
    gyre__node_await_all(plan, s, at, 1);
}
