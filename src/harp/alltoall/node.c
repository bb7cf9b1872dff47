/* SPDX-License-Identifier: Apache-2.0 */
/* Every member puts its blocks for all others side by side into one slot, from where each takes
 * its own; long blocks go chunk by chunk. */
#include "harp/alltoall/alltoall.h"

#include "harp/node.h"

typedef struct pieces {
    const gyre__plan_t *plan;
    uint64_t piece;
} pieces_t;

static int32_t give(const void *arg, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    const pieces_t *p = arg;
    const gyre__plan_t *plan = p->plan;
    uint64_t length = gyre__node_chunk_length(plan->bytes, p->piece, i);
    at = gyre__reserve(s, at, i, (uint64_t)plan->size * p->piece);
    for (int k = 1; k < plan->size; k++) {
        int to = (plan->rank + k) % plan->size;
        at = gyre__copy(s, at, gyre__in((uint64_t)to * plan->bytes + i * p->piece),
                        gyre__slot((uint32_t)plan->rank, i, (uint64_t)to * p->piece), length);
    }
    return gyre__publish(s, at, i, gyre__slot((uint32_t)plan->rank, i, 0),
                         (uint64_t)plan->size * p->piece, GYRE__ALL);
}

static int32_t take(const void *arg, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    const pieces_t *p = arg;
    const gyre__plan_t *plan = p->plan;
    uint64_t own = (uint64_t)plan->rank * plan->bytes;
    if (i == 0)
        at = gyre__copy(s, at, gyre__in(own), gyre__out(own), plan->bytes);
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->rank + plan->size - k) % plan->size;
        at = gyre__await(s, at, i, (uint32_t)from);
        at = gyre__copy(s, at, gyre__slot((uint32_t)from, i, (uint64_t)plan->rank * p->piece),
                        gyre__out((uint64_t)from * plan->bytes + i * p->piece),
                        gyre__node_chunk_length(plan->bytes, p->piece, i));
    }
    return at;
}

void gyre__alltoall_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->size == 2) {
        gyre__alltoall_node_swap(plan, s);
        return;
    }
    pieces_t pieces = {plan, gyre__node_piece(plan)};
    if (pieces.piece > plan->bytes)
        pieces.piece = plan->bytes;
    uint32_t chunks = pieces.piece ? gyre__node_chunks(plan->bytes, pieces.piece) : 1;
    gyre__node_exchange(plan, s, chunks, give, take, &pieces);
}
