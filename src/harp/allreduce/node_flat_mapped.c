/* SPDX-License-Identifier: Apache-2.0 */
/* For inputs in memory that the node shares, which no result replaces: every member reduces all of
 * them straight into its output. Few members read everything sooner than they meet once more. */
#include "harp/allreduce/allreduce.h"

#include "harp/node.h"

/* In place long vectors may still be reduced where they lie, in parts. */
static gyre__generate_fn unmapped(const gyre__plan_t *plan)
{
    const uint64_t parts_from = 512 << 10;
    return plan->bytes < parts_from ? gyre__allreduce_node_flat : gyre__allreduce_node_direct;
}

void gyre__allreduce_node_flat_mapped(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    gyre__ref_t tmp = gyre__schedule_scratch(s, plan->rank > 1 ? chunk : 0);
    int32_t at = gyre__node_open(plan, s, GYRE__REACH_INPUTS, unmapped(plan));
    for (uint32_t i = 0; i < gyre__node_chunks(plan->bytes, chunk); i++)
        at = gyre__node_fold(plan, s, at, plan->size, gyre__in(i * chunk),
                             gyre__peer(GYRE__PEER_IN, i * chunk), gyre__out(i * chunk), tmp,
                             gyre__node_chunk_length(plan->bytes, chunk, i));
    at = gyre__publish(s, at, 1, gyre__tmp(0), 0, GYRE__ALL);
    gyre__node_await_all(plan, s, at, 1);
}
