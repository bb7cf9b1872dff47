/* SPDX-License-Identifier: Apache-2.0 */
/* Who gives and gets which blocks, and where they lie: what gyre_coll(3) says of each collective,
 * in data. */
#include "harp/coll.h"

#include <stdlib.h>
#include <string.h>

enum { OCCURRENCES = 64 }; /* of an edge, at most */

bool coll_reduces(gyre__coll_t coll)
{
    return (coll >= GYRE__REDUCE && coll <= GYRE__REDUCE_SCATTER_BLOCK) || coll == GYRE__SCAN ||
           coll == GYRE__EXSCAN;
}

bool coll_has_root(gyre__coll_t coll)
{
    return coll == GYRE__BCAST || coll == GYRE__REDUCE ||
           (coll >= GYRE__GATHER && coll <= GYRE__SCATTERV);
}

bool coll_has_neighbors(gyre__coll_t coll)
{
    return coll >= GYRE__NEIGHBOR_ALLGATHER;
}

bool coll_is_v(gyre__coll_t coll)
{
    return coll == GYRE__REDUCE_SCATTER || coll == GYRE__GATHERV || coll == GYRE__SCATTERV ||
           coll == GYRE__ALLGATHERV || coll == GYRE__ALLTOALLV ||
           coll == GYRE__NEIGHBOR_ALLGATHERV || coll == GYRE__NEIGHBOR_ALLTOALLV;
}

/* Of the block that from gives to stream. In place the counts of both ways are the same. */
static size_t count_of(const coll_trial_t *trial, int from, uint64_t stream)
{
    uint64_t a = (uint64_t)from, b = stream;
    if (!coll_is_v(trial->coll))
        return trial->count;
    if (trial->in_place && a > b) {
        a = stream;
        b = (uint64_t)from;
    }
    const size_t counts[] = {0, 1, trial->count, trial->count / 2, trial->count + 3};
    return trial->count ? counts[check_mix(check_mix(trial->seed, a), b) % 5] : 0;
}

static void make_side(coll_side_t *side, int count)
{
    side->count = count;
    side->blocks = calloc((size_t)count + 1, sizeof(*side->blocks));
    side->counts = calloc((size_t)count + 1, sizeof(size_t));
    side->displs = calloc((size_t)count + 1, sizeof(size_t));
}

static void set(coll_side_t *side, int i, size_t count, int first, int last, uint64_t stream)
{
    side->blocks[i] =
        (coll_block_t){.count = count, .first = first, .last = last, .stream = stream};
}

static void one(coll_side_t *side, size_t count, int first, int last, uint64_t stream)
{
    make_side(side, 1);
    set(side, 0, count, first, last, stream);
}

/* One block for each member, in its stream. */
static void from_one(const coll_layout_t *l, coll_side_t *side)
{
    int me = l->group->rank;
    make_side(side, l->group->size);
    for (int i = 0; i < side->count; i++)
        set(side, i, count_of(l->trial, coll_reduces(l->trial->coll) ? 0 : me, (uint64_t)i), me,
            me + 1, (uint64_t)i);
}

static void from_all(const coll_layout_t *l, coll_side_t *side, uint64_t stream)
{
    make_side(side, l->group->size);
    for (int i = 0; i < side->count; i++)
        set(side, i, count_of(l->trial, i, stream), i, i + 1, stream);
}

/* Edges between the same two are told apart by how many came before in the list. */
static uint64_t edge(const int *list, int i, int to)
{
    uint64_t before = 0;
    for (int j = 0; j < i; j++)
        before += list[j] == list[i];
    return (uint64_t)to * OCCURRENCES + before;
}

static void neighbors(coll_layout_t *l)
{
    const coll_group_t *g = l->group;
    bool apart = l->trial->coll >= GYRE__NEIGHBOR_ALLTOALL;
    if (apart)
        make_side(&l->in, g->dest_count);
    else
        one(&l->in, count_of(l->trial, g->rank, 0), g->rank, g->rank + 1, 0);
    for (int i = 0; apart && i < g->dest_count; i++) {
        uint64_t stream = edge(g->dests, i, g->dests[i]);
        set(&l->in, i, count_of(l->trial, g->rank, stream), g->rank, g->rank + 1, stream);
    }
    make_side(&l->out, g->source_count);
    for (int i = 0; i < g->source_count; i++) {
        uint64_t stream = apart ? edge(g->sources, i, g->rank) : 0;
        int source = g->sources[i];
        set(&l->out, i, count_of(l->trial, source, stream), source, source + 1, stream);
    }
}

static void reductions(coll_layout_t *l)
{
    const coll_group_t *g = l->group;
    gyre__coll_t coll = l->trial->coll;
    int first = coll == GYRE__SCAN ? g->rank + 1 : coll == GYRE__EXSCAN ? g->rank : g->size;
    bool scatters = coll == GYRE__REDUCE_SCATTER || coll == GYRE__REDUCE_SCATTER_BLOCK;
    uint64_t stream = scatters ? (uint64_t)g->rank : 0;
    if (scatters)
        from_one(l, &l->in);
    else
        one(&l->in, l->trial->count, g->rank, g->rank + 1, 0);
    if (first > 0 && (coll != GYRE__REDUCE || g->rank == l->root))
        one(&l->out, count_of(l->trial, 0, stream), 0, first, stream);
}

static void moves(coll_layout_t *l)
{
    int me = l->group->rank;
    bool root = me == l->root;
    switch (l->trial->coll) {
    case GYRE__BCAST:
        if (root)
            one(&l->in, l->trial->count, me, me + 1, 0);
        one(&l->out, l->trial->count, l->root, l->root + 1, 0);
        break;
    case GYRE__SCATTER:
    case GYRE__SCATTERV:
        if (root)
            from_one(l, &l->in);
        l->own = count_of(l->trial, l->root, (uint64_t)me);
        one(&l->out, l->own, l->root, l->root + 1, (uint64_t)me);
        break;
    case GYRE__ALLTOALL:
    case GYRE__ALLTOALLV:
        from_one(l, &l->in);
        from_all(l, &l->out, (uint64_t)me);
        break;
    default: /* gathers */
        l->own = count_of(l->trial, me, 0);
        one(&l->in, l->own, me, me + 1, 0);
        if (root || !coll_has_root(l->trial->coll))
            from_all(l, &l->out, 0);
    }
}

/* Blocks of the v forms lie in any order with gaps between them, but for reduce_scatter's. */
static void displace(coll_side_t *side, bool anyhow, uint64_t seed)
{
    size_t at = 0;
    int start = side->count && anyhow ? (int)check_below(&seed, (uint64_t)side->count) : 0;
    for (int i = 0; i < side->count; i++) {
        coll_block_t *block = &side->blocks[(start + i) % side->count];
        at += anyhow ? check_below(&seed, 3) : 0;
        block->offset = at;
        at += block->count;
    }
    for (int i = 0; i < side->count; i++) {
        const coll_block_t *block = &side->blocks[i];
        side->counts[i] = block->count;
        side->displs[i] = block->offset;
        if (block->count && block->offset + block->count > side->extent)
            side->extent = block->offset + block->count;
    }
}

/* Where the input is in the output, and who can have that. */
static void place(coll_layout_t *l)
{
    gyre__coll_t coll = l->trial->coll;
    bool root = l->group->rank == l->root;
    l->in_place = coll == GYRE__BCAST;
    if (!l->trial->in_place || coll_has_neighbors(coll) || coll == GYRE__BCAST ||
        coll == GYRE__BARRIER || (coll_has_root(coll) && !root))
        return;
    if (coll == GYRE__SCATTER || coll == GYRE__SCATTERV) {
        l->out_in_place = true;
        l->out.count = 0;
        l->out.extent = 0;
        return;
    }
    l->in_place = true;
    if (l->out.count == l->group->size && !coll_reduces(coll))
        for (int i = 0; i < l->in.count; i++)
            l->in.blocks[i].offset = l->out.blocks[l->in.count == 1 ? l->group->rank : i].offset;
}

void coll_layout(const coll_group_t *group, const coll_trial_t *trial, coll_layout_t *l)
{
    gyre__coll_t coll = trial->coll;
    bool both = coll == GYRE__ALLTOALLV || coll == GYRE__NEIGHBOR_ALLTOALLV;
    bool out =
        coll == GYRE__GATHERV || coll == GYRE__ALLGATHERV || coll == GYRE__NEIGHBOR_ALLGATHERV;
    *l = (coll_layout_t){.trial = trial, .group = group};
    l->root = (int)(check_mix(trial->seed, 3) % (uint64_t)group->size);
    l->element = gyre_type_size(trial->type);
    if (coll_has_neighbors(trial->coll))
        neighbors(l);
    else if (coll_reduces(trial->coll))
        reductions(l);
    else if (trial->coll != GYRE__BARRIER)
        moves(l);
    if (trial->coll == GYRE__NEIGHBOR_ALLGATHERV)
        l->own = count_of(trial, group->rank, 0);
    displace(&l->in, both || coll == GYRE__SCATTERV, trial->seed);
    displace(&l->out, both || out, check_mix(trial->seed, (uint64_t)group->rank));
    if (coll == GYRE__EXSCAN && group->rank == 0)
        l->out.extent = trial->count; /* there, and left alone */
    place(l);
}

void coll_layout_free(coll_layout_t *l)
{
    coll_side_t *sides[] = {&l->in, &l->out};
    for (int i = 0; i < 2; i++) {
        free(sides[i]->blocks);
        free(sides[i]->counts);
        free(sides[i]->displs);
    }
}
