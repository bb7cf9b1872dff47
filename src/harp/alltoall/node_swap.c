/* SPDX-License-Identifier: Apache-2.0 */
/* Two members swap blocks chunk by chunk, each through its own slots; the next chunk is on its way
 * while one is taken. Both know the lengths of both blocks, so this serves alltoallv as well. In
 * place a chunk has been given before it is replaced. */
#include "harp/alltoall/alltoall.h"

#include "harp/node.h"

typedef struct swap {
    const gyre__plan_t *plan;
    uint32_t other;
    uint64_t chunk, given, taken; /* bytes */
} swap_t;

static int32_t give(const swap_t *swap, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    uint64_t from = gyre__block_offset(swap->plan, &swap->plan->in, (int)swap->other);
    uint64_t length = gyre__node_chunk_length(swap->given, swap->chunk, i);
    if (length == 0)
        return at;
    return gyre__publish(s, at, i, gyre__in(from + i * swap->chunk), length, (int)swap->other);
}

static int32_t take(const swap_t *swap, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    uint64_t to = gyre__block_offset(swap->plan, &swap->plan->out, (int)swap->other);
    uint64_t length = gyre__node_chunk_length(swap->taken, swap->chunk, i);
    if (length == 0)
        return at;
    at = gyre__await(s, at, i, swap->other);
    return gyre__copy(s, at, gyre__slot(swap->other, i, 0), gyre__out(to + i * swap->chunk),
                      length);
}

static int32_t keep_own(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at)
{
    return gyre__copy(s, at, gyre__in(gyre__block_offset(plan, &plan->in, plan->rank)),
                      gyre__out(gyre__block_offset(plan, &plan->out, plan->rank)),
                      gyre__block_length(plan, &plan->out, plan->rank));
}

void gyre__alltoall_node_swap(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int other = 1 - plan->rank;
    swap_t swap = {.plan = plan,
                   .other = (uint32_t)other,
                   .chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE),
                   .given = gyre__block_length(plan, &plan->in, other),
                   .taken = gyre__block_length(plan, &plan->out, other)};
    uint64_t longer = swap.given > swap.taken ? swap.given : swap.taken;
    uint32_t chunks = gyre__node_chunks(longer, swap.chunk);
    int32_t at = keep_own(plan, s, give(&swap, s, GYRE__NOW, 0));
    for (uint32_t i = 0; i < chunks; i++) {
        at = take(&swap, s, give(&swap, s, at, i + 1), i);
        if (i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
    s->units = chunks;
    s->swaps = true;
}
