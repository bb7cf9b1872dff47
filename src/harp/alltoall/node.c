/* SPDX-License-Identifier: Apache-2.0 */
/* Every member puts its blocks for all others side by side into one slot, from where each takes
 * its own; long blocks go chunk by chunk. */
#include "harp/alltoall/alltoall.h"

#include "harp/node.h"

static int32_t give(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at, uint64_t piece,
                    uint32_t i)
{
    uint64_t length = gyre__node_chunk_length(plan->bytes, piece, i);
    at = gyre__reserve(s, at, i, (uint64_t)plan->size * piece);
    for (int k = 1; k < plan->size; k++) {
        int to = (plan->rank + k) % plan->size;
        at = gyre__copy(s, at, gyre__in((uint64_t)to * plan->bytes + i * piece),
                        gyre__slot((uint32_t)plan->rank, i, (uint64_t)to * piece), length);
    }
    return gyre__publish(s, at, i, gyre__slot((uint32_t)plan->rank, i, 0),
                         (uint64_t)plan->size * piece, GYRE__ALL);
}

static int32_t take(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at, uint64_t piece,
                    uint32_t i)
{
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->rank + plan->size - k) % plan->size;
        at = gyre__await(s, at, i, (uint32_t)from);
        at = gyre__copy(s, at, gyre__slot((uint32_t)from, i, (uint64_t)plan->rank * piece),
                        gyre__out((uint64_t)from * plan->bytes + i * piece),
                        gyre__node_chunk_length(plan->bytes, piece, i));
    }
    return at;
}

void gyre__alltoall_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->size == 2) {
        gyre__alltoall_node_swap(plan, s);
        return;
    }
    uint64_t own = (uint64_t)plan->rank * plan->bytes, piece = gyre__node_piece(plan);
    if (piece > plan->bytes)
        piece = plan->bytes;
    uint32_t chunks = piece ? gyre__node_chunks(plan->bytes, piece) : 1;
    int32_t at = give(plan, s, GYRE__NOW, piece, 0);
    at = gyre__copy(s, at, gyre__in(own), gyre__out(own), plan->bytes);
    for (uint32_t i = 0; i < chunks; i++) {
        if (i + 1 < chunks)
            at = give(plan, s, at, piece, i + 1);
        at = take(plan, s, at, piece, i);
        if (i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
}
