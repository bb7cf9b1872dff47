/* SPDX-License-Identifier: Apache-2.0 */
/* Every member puts its contributions to all others' blocks side by side into one slot, of two
 * members the one alone; each reduces those to its own, in rank order. Long blocks go chunk by
 * chunk. In place, OUT is the start of IN, of which more is still to be read: then the result is
 * kept aside. */
#include "harp/reduce_scatter/reduce_scatter.h"

#include "harp/node.h"

typedef struct scatter {
    const gyre__plan_t *plan;
    uint64_t piece;
    gyre__ref_t tmp, result;
} scatter_t;

static int32_t give_one(const scatter_t *sc, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    const gyre__plan_t *plan = sc->plan;
    int to = 1 - plan->rank;
    uint64_t length =
        gyre__node_chunk_length(gyre__block_length(plan, &plan->in, to), sc->piece, i);
    gyre__ref_t from = gyre__in(gyre__block_offset(plan, &plan->in, to) + i * sc->piece);
    return length ? gyre__publish(s, at, i, from, length, to) : at;
}

static int32_t give(const void *arg, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    const scatter_t *sc = arg;
    const gyre__plan_t *plan = sc->plan;
    uint32_t me = (uint32_t)plan->rank;
    uint64_t all = (uint64_t)plan->size * sc->piece;
    if (plan->size == 2)
        return give_one(sc, s, at, i);
    at = gyre__reserve(s, at, i, all);
    for (int k = 1; k < plan->size; k++) {
        int to = (plan->rank + k) % plan->size;
        uint64_t length = gyre__block_length(plan, &plan->in, to);
        at = gyre__copy(s, at, gyre__in(gyre__block_offset(plan, &plan->in, to) + i * sc->piece),
                        gyre__slot(me, i, (uint64_t)to * sc->piece),
                        gyre__node_chunk_length(length, sc->piece, i));
    }
    return gyre__publish(s, at, i, gyre__slot(me, i, 0), all, GYRE__ALL);
}

/* Who has no bytes in it waits for nobody. */
static int32_t take(const void *arg, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    const scatter_t *sc = arg;
    const gyre__plan_t *plan = sc->plan;
    uint64_t own = gyre__block_offset(plan, &plan->in, plan->rank) + i * sc->piece;
    uint64_t place = plan->size == 2 ? 0 : (uint64_t)plan->rank * sc->piece;
    uint64_t length =
        gyre__node_chunk_length(gyre__block_length(plan, &plan->in, plan->rank), sc->piece, i);
    if (length == 0)
        return at;
    at = gyre__node_await_all(plan, s, at, i);
    return gyre__node_fold(plan, s, at, plan->size, gyre__in(own), gyre__slot(0, i, place),
                           gyre__at(sc->result, i * sc->piece), sc->tmp, length);
}

void gyre__reduce_scatter_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t most = gyre__node_longest(plan, &plan->in),
             own = gyre__block_length(plan, &plan->in, plan->rank);
    scatter_t sc = {.plan = plan, .piece = gyre__node_piece(plan), .result = gyre__out(0)};
    if (plan->size == 2)
        sc.piece = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    if (sc.piece > most)
        sc.piece = most;
    uint32_t chunks = sc.piece ? gyre__node_chunks(most, sc.piece) : 1;
    sc.tmp = gyre__schedule_scratch(s, plan->rank > 1 ? sc.piece : 0);
    if (plan->in_place)
        sc.result = gyre__schedule_scratch(s, own);
    int32_t at = gyre__node_exchange(plan, s, chunks, give, take, &sc);
    if (plan->in_place)
        gyre__copy(s, at, sc.result, gyre__out(0), own);
    s->units = chunks;
}
