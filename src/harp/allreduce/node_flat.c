/* SPDX-License-Identifier: Apache-2.0 */
/* Every member copies its chunk into its slot and reduces all members' chunks, in rank order: one
 * line transfer between any two. The next chunk is on its way while one is reduced. */
#include "harp/allreduce/allreduce.h"

#include "harp/node.h"

static int32_t give(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at, uint64_t chunk,
                    uint32_t i)
{
    return gyre__publish(s, at, i, gyre__in(i * chunk),
                         gyre__node_chunk_length(plan->bytes, chunk, i), GYRE__ALL);
}

void gyre__allreduce_node_flat(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    uint32_t chunks = gyre__node_chunks(plan->bytes, chunk);
    gyre__ref_t tmp = gyre__schedule_scratch(s, plan->places->local_rank > 1 ? chunk : 0);
    int32_t at = give(plan, s, GYRE__NOW, chunk, 0);
    for (uint32_t i = 0; i < chunks; i++) {
        if (i + 1 < chunks)
            at = give(plan, s, at, chunk, i + 1);
        at = gyre__node_await_all(plan, s, at, i);
        at = gyre__node_fold(plan, s, at, plan->size, gyre__in(i * chunk), gyre__slot(0, i, 0),
                             gyre__out(i * chunk), tmp,
                             gyre__node_chunk_length(plan->bytes, chunk, i));
        if (i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
}
