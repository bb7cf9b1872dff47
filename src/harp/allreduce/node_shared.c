/* SPDX-License-Identifier: Apache-2.0 */
/* Chunk by chunk every member copies its vector into its slots, group by group of chunks it reduces
 * its part of all members' and gives the result in one more slot: the reduction's work is shared
 * out, and members meet once a group, for the chunks of the next are given before the results of
 * one are awaited. */
#include "harp/allreduce/allreduce.h"

#include "harp/node.h"

typedef struct shared {
    const gyre__plan_t *plan;
    uint64_t chunk;
    uint32_t chunks; /* of a group */
    gyre__ref_t tmp;
} shared_t;

/* Part of the vector: a group, or what a member reduces of one. */
typedef struct range {
    uint64_t at, length;
} range_t;

static range_t group_of(const shared_t *sh, uint32_t g)
{
    uint64_t each = sh->chunks * sh->chunk;
    return (range_t){g * each, gyre__node_chunk_length(sh->plan->bytes, each, g)};
}

static range_t part_of(const shared_t *sh, range_t group, int member)
{
    gyre__plan_t plan = *sh->plan;
    range_t part;
    plan.bytes = group.length;
    gyre__partition(&plan, plan.size, member, &part.at, &part.length);
    part.at += group.at;
    return part;
}

static uint32_t unit_of(const shared_t *sh, uint32_t g, uint32_t chunk)
{
    return g * (sh->chunks + 1) + chunk;
}

static int32_t give(const shared_t *sh, gyre__schedule_t *s, int32_t at, uint32_t g)
{
    range_t group = group_of(sh, g);
    for (uint32_t i = 0; i < gyre__node_chunks(group.length, sh->chunk); i++)
        at = gyre__publish(s, at, unit_of(sh, g, i), gyre__in(group.at + i * sh->chunk),
                           gyre__node_chunk_length(group.length, sh->chunk, i), GYRE__ALL);
    return at;
}

/* Of chunk i what lies in this member's part. */
static int32_t reduce_chunk(const shared_t *sh, gyre__schedule_t *s, int32_t at, uint32_t g,
                            uint32_t i, range_t part)
{
    uint64_t start = group_of(sh, g).at + i * sh->chunk, end = start + sh->chunk;
    uint64_t from = part.at > start ? part.at : start;
    uint64_t to = part.at + part.length < end ? part.at + part.length : end;
    if (from >= to)
        return at;
    at = gyre__node_await_all(sh->plan, s, at, unit_of(sh, g, i));
    return gyre__node_fold(sh->plan, s, at, sh->plan->size, gyre__in(from),
                           gyre__slot(0, unit_of(sh, g, i), from - start), gyre__out(from), sh->tmp,
                           to - from);
}

static int32_t reduce_part(const shared_t *sh, gyre__schedule_t *s, int32_t at, uint32_t g)
{
    range_t part = part_of(sh, group_of(sh, g), sh->plan->places->local_rank);
    for (uint32_t i = 0; i < sh->chunks; i++)
        at = reduce_chunk(sh, s, at, g, i, part);
    return gyre__publish(s, at, unit_of(sh, g, sh->chunks), gyre__out(part.at), part.length,
                         GYRE__ALL);
}

static int32_t take_parts(const shared_t *sh, gyre__schedule_t *s, int32_t at, uint32_t g)
{
    uint32_t unit = unit_of(sh, g, sh->chunks);
    int n = sh->plan->places->local_size;
    for (int k = 1; k < n; k++) {
        int m = (sh->plan->places->local_rank + k) % n;
        range_t part = part_of(sh, group_of(sh, g), m);
        at = gyre__await(s, at, unit, (uint32_t)m);
        at = gyre__copy(s, at, gyre__slot((uint32_t)m, unit, 0), gyre__out(part.at), part.length);
    }
    return at;
}

/* As many as can be under way twice beside a result, whose slot holds a part of them. */
static uint32_t chunks_of_group(const gyre__plan_t *plan, uint64_t chunk)
{
    uint32_t members = (uint32_t)plan->places->local_size, most = (GYRE__SLOTS_SURE - 1) / 2;
    uint64_t wanted = plan->segment / chunk;
    most = members < most ? members : most;
    return wanted < 1 ? 1 : wanted < most ? (uint32_t)wanted : most;
}

void gyre__allreduce_node_shared(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    shared_t sh = {.plan = plan, .chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE)};
    sh.chunks = chunks_of_group(plan, sh.chunk);
    uint32_t groups = gyre__node_chunks(plan->bytes, sh.chunks * sh.chunk);
    sh.tmp = gyre__schedule_scratch(s, plan->places->local_rank > 1 ? sh.chunk : 0);
    int32_t at = give(&sh, s, GYRE__NOW, 0);
    s->swaps = true;
    for (uint32_t g = 0; g < groups; g++) {
        at = reduce_part(&sh, s, at, g);
        if (g + 1 < groups)
            at = give(&sh, s, at, g + 1);
        at = take_parts(&sh, s, at, g);
        if (g + 1 < groups)
            at = gyre__release(s, at, unit_of(&sh, g + 1, 0));
    }
}
