/* SPDX-License-Identifier: Apache-2.0 */
/* Every member copies its block into its slots and takes the others' out. Also allgatherv. */
#include "harp/allgather/allgather.h"

#include "harp/node.h"

typedef struct blocks {
    const gyre__plan_t *plan;
    uint64_t chunk;
} blocks_t;

static int32_t give(const void *arg, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    const blocks_t *b = arg;
    uint64_t own = gyre__block_length(b->plan, &b->plan->out, b->plan->rank);
    return gyre__publish(s, at, i, gyre__in(i * b->chunk),
                         gyre__node_chunk_length(own, b->chunk, i), GYRE__ALL);
}

static int32_t take_own(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at)
{
    return gyre__copy(s, at, gyre__in(0),
                      gyre__out(gyre__block_offset(plan, &plan->out, plan->rank)),
                      gyre__block_length(plan, &plan->out, plan->rank));
}

static int32_t take(const void *arg, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    const blocks_t *b = arg;
    const gyre__plan_t *plan = b->plan;
    if (i == 0)
        at = take_own(plan, s, at);
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->rank + k) % plan->size;
        uint64_t length = gyre__block_length(plan, &plan->out, from);
        at = gyre__await(s, at, i, (uint32_t)from);
        at = gyre__copy(s, at, gyre__slot((uint32_t)from, i, 0),
                        gyre__out(gyre__block_offset(plan, &plan->out, from) + i * b->chunk),
                        gyre__node_chunk_length(length, b->chunk, i));
    }
    return at;
}

void gyre__allgather_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    blocks_t blocks = {plan, gyre__node_chunk(plan, GYRE__SLOT_SIZE)};
    uint32_t chunks = gyre__node_chunks(gyre__node_longest(plan, &plan->out), blocks.chunk);
    gyre__node_exchange(plan, s, chunks, give, take, &blocks);
}
