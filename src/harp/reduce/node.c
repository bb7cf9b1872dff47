/* SPDX-License-Identifier: Apache-2.0 */
/* The others copy chunks into their slots, root reduces them from there, in rank order. */
#include "harp/reduce/reduce.h"

#include "harp/node.h"

static void give(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t chunk)
{
    int32_t at = GYRE__NOW;
    for (uint32_t i = 0; i < gyre__node_chunks(plan->bytes, chunk); i++)
        at = gyre__publish(s, at, i, gyre__in(i * chunk),
                           gyre__node_chunk_length(plan->bytes, chunk, i), plan->root);
}

static void take(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t chunk)
{
    int32_t at = GYRE__NOW;
    uint32_t chunks = gyre__node_chunks(plan->bytes, chunk);
    gyre__ref_t tmp = gyre__schedule_scratch(s, chunk);
    for (uint32_t i = 0; i < chunks; i++) {
        at = gyre__node_await_all(plan, s, at, i);
        at = gyre__node_fold(plan, s, at, plan->size, gyre__in(i * chunk), gyre__slot(0, i, 0),
                             gyre__out(i * chunk), tmp,
                             gyre__node_chunk_length(plan->bytes, chunk, i));
        if (i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
}

void gyre__reduce_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    if (plan->rank == plan->root)
        take(plan, s, chunk);
    else
        give(plan, s, chunk);
}
