/* SPDX-License-Identifier: Apache-2.0 */
/* Every member copies its chunk into its slot, reduces its part of all members' chunks, and gives
 * the result in its next slot: the reduction's work is shared out. Even units carry input, odd
 * ones results; the input of the next chunk is given before the results of one are awaited. */
#include "harp/allreduce/allreduce.h"

#include "harp/node.h"

typedef struct shared {
    const gyre__plan_t *plan;
    uint64_t chunk;
    gyre__ref_t tmp;
} shared_t;

/* Bytes of member m's part of a chunk: whole elements. */
static void part_of(const shared_t *sh, uint64_t length, int m, uint64_t *from, uint64_t *bytes)
{
    uint64_t n = (uint64_t)sh->plan->places->local_size, count = length / sh->plan->element;
    uint64_t first = count * (uint64_t)m / n, end = count * ((uint64_t)m + 1) / n;
    *from = first * sh->plan->element;
    *bytes = (end - first) * sh->plan->element;
}

static int32_t give(const shared_t *sh, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    return gyre__publish(s, at, 2 * i, gyre__in(i * sh->chunk),
                         gyre__node_chunk_length(sh->plan->bytes, sh->chunk, i), GYRE__ALL);
}

/* Reduces this member's part into OUT and gives it. */
static int32_t reduce_part(const shared_t *sh, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    uint64_t from, bytes, length = gyre__node_chunk_length(sh->plan->bytes, sh->chunk, i);
    part_of(sh, length, sh->plan->places->local_rank, &from, &bytes);
    gyre__ref_t own = gyre__out(i * sh->chunk + from);
    at = gyre__node_await_all(sh->plan, s, at, 2 * i);
    at = gyre__node_fold(sh->plan, s, at, sh->plan->size, gyre__in(i * sh->chunk + from),
                         gyre__slot(0, 2 * i, from), own, sh->tmp, bytes);
    return gyre__publish(s, at, 2 * i + 1, own, bytes, GYRE__ALL);
}

static int32_t take_parts(const shared_t *sh, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    uint64_t from, bytes, length = gyre__node_chunk_length(sh->plan->bytes, sh->chunk, i);
    for (int m = 0; m < sh->plan->places->local_size; m++) {
        if (m == sh->plan->places->local_rank)
            continue;
        part_of(sh, length, m, &from, &bytes);
        at = gyre__await(s, at, 2 * i + 1, (uint32_t)m);
        at = gyre__copy(s, at, gyre__slot((uint32_t)m, 2 * i + 1, 0),
                        gyre__out(i * sh->chunk + from), bytes);
    }
    return at;
}

void gyre__allreduce_node_shared(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    shared_t sh = {.plan = plan, .chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE)};
    uint32_t chunks = gyre__node_chunks(plan->bytes, sh.chunk);
    sh.tmp = gyre__schedule_scratch(s, plan->places->local_rank > 1 ? sh.chunk : 0);
    int32_t at = give(&sh, s, GYRE__NOW, 0);
    for (uint32_t i = 0; i < chunks; i++) {
        at = reduce_part(&sh, s, at, i);
        if (i + 1 < chunks)
            at = give(&sh, s, at, i + 1);
        at = take_parts(&sh, s, at, i);
        if (i + 1 < chunks)
            at = gyre__release(s, at, 2 * i + 2);
    }
}
