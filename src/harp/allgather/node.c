/* SPDX-License-Identifier: Apache-2.0 */
/* Every member copies its block into its slots and takes the others' out. Also allgatherv. */
#include "harp/allgather/allgather.h"

#include "harp/node.h"

static int32_t take(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at, uint64_t chunk,
                    uint32_t i)
{
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->rank + k) % plan->size;
        uint64_t length = gyre__block_length(plan, &plan->out, from);
        at = gyre__await(s, at, i, (uint32_t)from);
        at = gyre__copy(s, at, gyre__slot((uint32_t)from, i, 0),
                        gyre__out(gyre__block_offset(plan, &plan->out, from) + i * chunk),
                        gyre__node_chunk_length(length, chunk, i));
    }
    return at;
}

void gyre__allgather_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t own = gyre__block_length(plan, &plan->out, plan->rank);
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    uint32_t chunks = gyre__node_chunks(gyre__node_longest(plan, &plan->out), chunk);
    int32_t at = gyre__publish(s, GYRE__NOW, 0, gyre__in(0), gyre__node_chunk_length(own, chunk, 0),
                               GYRE__ALL);
    at = gyre__copy(s, at, gyre__in(0), gyre__out(gyre__block_offset(plan, &plan->out, plan->rank)),
                    own);
    for (uint32_t i = 0; i < chunks; i++) {
        if (i + 1 < chunks)
            at = gyre__publish(s, at, i + 1, gyre__in((i + 1) * chunk),
                               gyre__node_chunk_length(own, chunk, i + 1), GYRE__ALL);
        at = take(plan, s, at, chunk, i);
        if (i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
}
