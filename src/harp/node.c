/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks and folds within a node. */
#include "harp/node.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t gyre__node_chunk(const gyre__plan_t *plan, uint64_t most)
{
    uint64_t chunk = least(plan->segment ? plan->segment : GYRE__SLOT_SIZE, most);
    chunk -= chunk % plan->element;
    return chunk ? chunk : plan->element;
}

uint32_t gyre__node_chunks(uint64_t bytes, uint64_t chunk)
{
    return bytes ? (uint32_t)((bytes + chunk - 1) / chunk) : 1;
}

int32_t gyre__node_await_all(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after,
                             uint32_t unit)
{
    for (int i = 0; i < plan->places->local_size; i++)
        if (i != plan->places->local_rank)
            after = gyre__await(s, after, unit, (uint32_t)i);
    return after;
}

int32_t gyre__node_fold(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after,
                        gyre__ref_t own, uint32_t unit, uint64_t offset, gyre__ref_t to,
                        gyre__ref_t tmp, uint64_t length)
{
    int me = plan->places->local_rank;
    gyre__ref_t left = own;
    if (me > 0)
        left = gyre__slot(0, unit, offset);
    for (int i = 1; i < plan->places->local_size; i++) {
        gyre__ref_t right = i == me ? own : gyre__slot((uint32_t)i, unit, offset);
        gyre__ref_t result = i < me ? tmp : to; /* own is still needed, and may be to */
        after = gyre__reduce(s, after, left, right, result, length);
        left = result;
    }
    return after;
}
