/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks and folds within a node. */
#include "harp/node.h"

#include <stdlib.h>

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

uint64_t gyre__node_longest(const gyre__plan_t *plan, const gyre__blocks_t *blocks)
{
    uint64_t most = 0;
    for (int i = 0; i < plan->size; i++) {
        uint64_t length = gyre__block_length(plan, blocks, i);
        most = length > most ? length : most;
    }
    return most;
}

static int32_t each_chunk(gyre__schedule_t *s, int32_t at, uint32_t from, uint32_t to,
                          gyre__node_chunk_fn fn, const void *arg)
{
    for (uint32_t i = from; i < to; i++)
        at = fn(arg, s, at, i);
    return at;
}

int32_t gyre__node_exchange(const gyre__plan_t *plan, gyre__schedule_t *s, uint32_t chunks,
                            gyre__node_chunk_fn give, gyre__node_chunk_fn take, const void *arg)
{
    uint32_t group = plan->places->local_size == 2 ? 1 : GYRE__SLOTS_SURE / 2;
    uint32_t given = (uint32_t)least(group, chunks);
    s->swaps = true;
    int32_t at = each_chunk(s, GYRE__NOW, 0, given, give, arg);
    for (uint32_t taken = 0; taken < chunks;) {
        uint32_t next = given, more = (uint32_t)least(given + group, chunks);
        at = each_chunk(s, at, given, more, give, arg);
        at = each_chunk(s, at, taken, next, take, arg);
        if (next < chunks)
            at = gyre__release(s, at, next);
        taken = next;
        given = more;
    }
    return at;
}

int32_t gyre__node_await_all(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after,
                             uint32_t unit)
{
    for (int i = 0; i < plan->places->local_size; i++)
        if (i != plan->places->local_rank)
            after = gyre__await(s, after, unit, (uint32_t)i);
    return after;
}

int32_t gyre__node_fold(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after, int count,
                        gyre__ref_t own, gyre__ref_t theirs, gyre__ref_t to, gyre__ref_t tmp,
                        uint64_t length)
{
    int me = plan->places->local_rank;
    gyre__ref_t left = me == 0 ? own : gyre__of(theirs, 0);
    for (int i = 1; i < count; i++) {
        gyre__ref_t right = i == me ? own : gyre__of(theirs, i);
        gyre__ref_t result = i < me && me < count ? tmp : to; /* own is needed yet, may be to */
        after = gyre__reduce(s, after, left, right, result, length);
        left = result;
    }
    return count == 1 ? gyre__copy(s, after, left, to, length) : after;
}

uint64_t gyre__node_piece(const gyre__plan_t *plan)
{
    uint64_t piece = GYRE__SLOT_SIZE / (uint64_t)plan->places->local_size;
    return piece - piece % plan->element;
}

int32_t gyre__node_open(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__reach_t reach,
                        gyre__generate_fn otherwise)
{
    s->otherwise = malloc(sizeof(*s->otherwise));
    if (!s->otherwise) {
        s->status = GYRE_ERR_NO_MEMORY;
        return GYRE__NOW;
    }
    gyre__schedule_init(s->otherwise);
    otherwise(plan, s->otherwise);
    s->coll = plan->coll;
    return gyre__accept(s, gyre__offer(s, GYRE__NOW, 0), 0, reach);
}
