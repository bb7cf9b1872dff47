/* SPDX-License-Identifier: Apache-2.0 */
/* What each collective does: how buffers are cut, and what must be in the outputs. */
#include "harp/check-world.h"

#include <string.h>

typedef void (*shape_fn)(world_t *world, random_plan_t *random);
typedef void (*expect_fn)(const world_t *world, int rank, expected_t *out);

static uint64_t vector_bytes(const world_t *world)
{
    return world->spec.count * world->spec.element;
}

/* Buffers apart from each other, or on each other at the given places. */
static void lay(world_t *world, int rank, uint64_t in_bytes, uint64_t out_bytes)
{
    world->buffers[rank] = (buffers_t){
        .in_bytes = in_bytes, .out_at = in_bytes, .out_bytes = out_bytes, .in_given = true};
}

static void lay_over(world_t *world, int rank, uint64_t in_at, uint64_t out_at)
{
    world->buffers[rank].in_at = in_at;
    world->buffers[rank].out_at = out_at;
}

/* As many elements as count, give or take; zero often. */
static uint64_t some(const world_t *world, random_plan_t *random)
{
    if (random_below(random, 4) == 0)
        return 0;
    return random_below(random, 2 * world->spec.count + 1) * world->spec.element;
}

/* Blocks of the given lengths, in any order, with gaps. Returns where they end. */
static uint64_t spread(world_t *world, random_plan_t *random, int count, uint64_t *lengths,
                       gyre__blocks_t *blocks)
{
    uint64_t *offsets = world_alloc(world, (size_t)count, sizeof(*offsets)), end = 0;
    int *order = world_alloc(world, (size_t)count, sizeof(*order));
    for (int i = 0; i < count; i++)
        order[i] = i;
    for (int i = count - 1; i > 0; i--) {
        int j = (int)random_below(random, (uint64_t)i + 1), other = order[j];
        order[j] = order[i];
        order[i] = other;
    }
    for (int i = 0; i < count; i++) {
        end += random_below(random, 2) * world->spec.element;
        offsets[order[i]] = end;
        end += lengths[order[i]];
    }
    *blocks = (gyre__blocks_t){offsets, lengths};
    return end;
}

static uint64_t *some_lengths(world_t *world, random_plan_t *random, int count)
{
    uint64_t *lengths = world_alloc(world, (size_t)count, sizeof(*lengths));
    for (int i = 0; i < count; i++)
        lengths[i] = some(world, random);
    return lengths;
}

static void expect_input(const world_t *world, expected_t *out, uint64_t to, int rank,
                         uint64_t from, uint64_t length)
{
    uint64_t element = world->spec.element;
    for (uint64_t i = 0; i < length / element; i++)
        out[to / element + i] = (expected_t){INPUT, rank, from / element + i};
}

static void expect_reduced(const world_t *world, expected_t *out, int last, uint64_t from,
                           uint64_t length)
{
    uint64_t element = world->spec.element;
    for (uint64_t i = 0; i < length / element; i++)
        out[i] = (expected_t){REDUCED, last, from / element + i};
}

/* barrier */
static void shape_barrier(world_t *world, random_plan_t *random)
{
    (void)random;
    for (int r = 0; r < world->spec.size; r++)
        lay(world, r, 0, 0);
}

static void expect_nothing(const world_t *world, int rank, expected_t *out)
{
    (void)world, (void)rank, (void)out;
}

/* bcast: one buffer, seen as in and out */
static void shape_bcast(world_t *world, random_plan_t *random)
{
    (void)random;
    for (int r = 0; r < world->spec.size; r++) {
        world->plans[r].bytes = vector_bytes(world);
        lay(world, r, vector_bytes(world), vector_bytes(world));
        lay_over(world, r, 0, 0);
        world->buffers[r].in_given = r == world->spec.root;
    }
}

static void expect_bcast(const world_t *world, int rank, expected_t *out)
{
    (void)rank;
    expect_input(world, out, 0, world->spec.root, 0, vector_bytes(world));
}

/* reduce, allreduce, scan, exscan */
static bool has_result(const world_t *world, int rank)
{
    if (world->spec.coll == GYRE__REDUCE)
        return rank == world->spec.root;
    return world->spec.coll != GYRE__EXSCAN || rank > 0;
}

static void shape_reduction(world_t *world, random_plan_t *random)
{
    (void)random;
    for (int r = 0; r < world->spec.size; r++) {
        uint64_t bytes = vector_bytes(world);
        world->plans[r].bytes = bytes;
        lay(world, r, bytes, has_result(world, r) ? bytes : 0);
        if (world->spec.in_place)
            lay_over(world, r, 0, 0);
    }
}

static void expect_reduction(const world_t *world, int rank, expected_t *out)
{
    int last = world->spec.size - 1;
    if (world->spec.coll == GYRE__SCAN || world->spec.coll == GYRE__EXSCAN)
        last = rank - (world->spec.coll == GYRE__EXSCAN);
    if (has_result(world, rank))
        expect_reduced(world, out, last, 0, vector_bytes(world));
}

/* reduce_scatter, reduce_scatter_block: in place, the result is at the start of the input */
static void lay_reduce_scatter(world_t *world, uint64_t in_bytes)
{
    for (int r = 0; r < world->spec.size; r++) {
        lay(world, r, in_bytes, gyre__block_length(&world->plans[r], &world->plans[r].in, r));
        world->plans[r].in_place = world->spec.in_place;
        if (world->spec.in_place)
            lay_over(world, r, 0, 0);
    }
}

static void shape_reduce_scatter(world_t *world, random_plan_t *random)
{
    int size = world->spec.size;
    uint64_t *lengths = some_lengths(world, random, size), end = 0;
    uint64_t *offsets = world_alloc(world, (size_t)size, sizeof(*offsets));
    for (int i = 0; i < size; i++) {
        offsets[i] = end;
        end += lengths[i];
    }
    for (int r = 0; r < size; r++)
        world->plans[r].in = (gyre__blocks_t){offsets, lengths};
    lay_reduce_scatter(world, end);
}

static void shape_reduce_scatter_block(world_t *world, random_plan_t *random)
{
    (void)random;
    for (int r = 0; r < world->spec.size; r++)
        world->plans[r].bytes = vector_bytes(world);
    lay_reduce_scatter(world, vector_bytes(world) * (uint64_t)world->spec.size);
}

static void expect_reduce_scatter(const world_t *world, int rank, expected_t *out)
{
    const gyre__plan_t *plan = &world->plans[rank];
    expect_reduced(world, out, world->spec.size - 1, gyre__block_offset(plan, &plan->in, rank),
                   gyre__block_length(plan, &plan->in, rank));
}

/* gather, gatherv, allgather, allgatherv: in place, a member's block is in its output */
static bool gathers(const world_t *world, int rank)
{
    bool rooted = world->spec.coll == GYRE__GATHER || world->spec.coll == GYRE__GATHERV;
    return !rooted || rank == world->spec.root;
}

static void shape_gather(world_t *world, random_plan_t *random)
{
    (void)random;
    uint64_t bytes = vector_bytes(world);
    for (int r = 0; r < world->spec.size; r++) {
        world->plans[r].bytes = bytes;
        lay(world, r, bytes, gathers(world, r) ? bytes * (uint64_t)world->spec.size : 0);
        if (world->spec.in_place && gathers(world, r))
            lay_over(world, r, bytes * (uint64_t)r, 0);
    }
}

static void shape_gatherv(world_t *world, random_plan_t *random)
{
    uint64_t *lengths = some_lengths(world, random, world->spec.size);
    for (int r = 0; r < world->spec.size; r++) {
        uint64_t end = 0;
        world->plans[r].bytes = lengths[r];
        if (gathers(world, r))
            end = spread(world, random, world->spec.size, lengths, &world->plans[r].out);
        lay(world, r, lengths[r], end);
        if (world->spec.in_place && gathers(world, r))
            lay_over(world, r, world->plans[r].out.offsets[r], 0);
    }
}

static void expect_gather(const world_t *world, int rank, expected_t *out)
{
    const gyre__plan_t *plan = &world->plans[rank];
    for (int i = 0; i < world->spec.size && gathers(world, rank); i++)
        expect_input(world, out, gyre__block_offset(plan, &plan->out, i), i, 0,
                     gyre__block_length(plan, &plan->out, i));
}

/* scatter, scatterv: in place, root keeps its block in its input */
static void shape_scatter(world_t *world, random_plan_t *random)
{
    (void)random;
    uint64_t bytes = vector_bytes(world);
    for (int r = 0; r < world->spec.size; r++) {
        bool root = r == world->spec.root;
        world->plans[r].bytes = bytes;
        lay(world, r, root ? bytes * (uint64_t)world->spec.size : 0, bytes);
        if (world->spec.in_place && root)
            lay_over(world, r, 0, bytes * (uint64_t)r);
    }
}

static void shape_scatterv(world_t *world, random_plan_t *random)
{
    uint64_t *lengths = some_lengths(world, random, world->spec.size);
    for (int r = 0; r < world->spec.size; r++) {
        bool root = r == world->spec.root;
        uint64_t end = 0;
        world->plans[r].bytes = lengths[r];
        if (root)
            end = spread(world, random, world->spec.size, lengths, &world->plans[r].in);
        lay(world, r, end, lengths[r]);
        if (world->spec.in_place && root)
            lay_over(world, r, 0, world->plans[r].in.offsets[r]);
    }
}

static void expect_scatter(const world_t *world, int rank, expected_t *out)
{
    const gyre__plan_t *root = &world->plans[world->spec.root];
    expect_input(world, out, 0, world->spec.root, gyre__block_offset(root, &root->in, rank),
                 world->plans[rank].bytes);
}

/* alltoall, alltoallv: in place, both sides have the same blocks */
static void lay_in_place(world_t *world)
{
    for (int r = 0; r < world->spec.size && world->spec.in_place; r++) {
        world->plans[r].in_place = true;
        lay_over(world, r, 0, 0);
    }
}

static void shape_alltoall(world_t *world, random_plan_t *random)
{
    (void)random;
    uint64_t bytes = vector_bytes(world), all = bytes * (uint64_t)world->spec.size;
    for (int r = 0; r < world->spec.size; r++) {
        world->plans[r].bytes = bytes;
        lay(world, r, all, all);
    }
    lay_in_place(world);
}

static void shape_alltoallv(world_t *world, random_plan_t *random)
{
    int size = world->spec.size;
    uint64_t *sent = some_lengths(world, random, size * size);
    for (int i = 0; i < size * size && world->spec.in_place; i++)
        sent[i] = sent[i / size + i % size * size];
    for (int r = 0; r < size; r++) {
        uint64_t *received = world_alloc(world, (size_t)size, sizeof(*received));
        for (int i = 0; i < size; i++)
            received[i] = sent[i * size + r];
        gyre__plan_t *plan = &world->plans[r];
        uint64_t out = spread(world, random, size, received, &plan->out), in = out;
        plan->in = plan->out;
        if (!world->spec.in_place)
            in = spread(world, random, size, sent + r * size, &plan->in);
        lay(world, r, in, out);
    }
    lay_in_place(world);
}

static void expect_alltoall(const world_t *world, int rank, expected_t *out)
{
    const gyre__plan_t *mine = &world->plans[rank];
    for (int i = 0; i < world->spec.size; i++) {
        const gyre__plan_t *other = &world->plans[i];
        expect_input(world, out, gyre__block_offset(mine, &mine->out, i), i,
                     gyre__block_offset(other, &other->in, rank),
                     gyre__block_length(mine, &mine->out, i));
    }
}

/* neighbor_: edges by chance, some several times, some from a member to itself */
static void add_edge(world_t *world, int from, int to)
{
    gyre__plan_t *a = &world->plans[from], *b = &world->plans[to];
    ((int *)a->dests)[a->dest_count++] = to;
    ((int *)b->sources)[b->source_count++] = from;
}

static void connect(world_t *world, random_plan_t *random)
{
    int size = world->spec.size, edges = (int)random_below(random, 4 * (uint64_t)size + 1);
    for (int r = 0; r < size; r++) {
        world->plans[r].sources = world_alloc(world, (size_t)edges + 2, sizeof(int));
        world->plans[r].dests = world_alloc(world, (size_t)edges + 2, sizeof(int));
    }
    for (int r = 0; r < size && random_below(random, 2); r++) {
        add_edge(world, r, (r + 1) % size);
        add_edge(world, r, (r + size - 1) % size);
    }
    for (int i = 0; i < edges; i++) {
        int from = (int)random_below(random, (uint64_t)size);
        gyre__plan_t *plan = &world->plans[from];
        int to = (int)random_below(random, (uint64_t)size);
        if (plan->dest_count < edges && world->plans[to].source_count < edges)
            add_edge(world, from, to);
    }
}

/* Which of its blocks source k of rank sends here: edges between the same two in their order. */
static int block_at_source(const world_t *world, int rank, int k)
{
    const gyre__plan_t *mine = &world->plans[rank], *other = &world->plans[mine->sources[k]];
    int before = 0;
    for (int i = 0; i < k; i++)
        before += mine->sources[i] == mine->sources[k];
    for (int i = 0; i < other->dest_count; i++)
        if (other->dests[i] == rank && before-- == 0)
            return i;
    return -1;
}

static bool neighbors_get_own_blocks(const world_t *world)
{
    return world->spec.coll == GYRE__NEIGHBOR_ALLTOALL ||
           world->spec.coll == GYRE__NEIGHBOR_ALLTOALLV;
}

static void shape_neighbor(world_t *world, random_plan_t *random)
{
    uint64_t bytes = vector_bytes(world);
    connect(world, random);
    for (int r = 0; r < world->spec.size; r++) {
        gyre__plan_t *plan = &world->plans[r];
        plan->bytes = bytes;
        lay(world, r, neighbors_get_own_blocks(world) ? bytes * (uint64_t)plan->dest_count : bytes,
            bytes * (uint64_t)plan->source_count);
    }
}

static void shape_neighborv(world_t *world, random_plan_t *random)
{
    connect(world, random);
    for (int r = 0; r < world->spec.size; r++) {
        gyre__plan_t *plan = &world->plans[r];
        uint64_t end = plan->bytes = some(world, random);
        if (neighbors_get_own_blocks(world)) {
            plan->bytes = 0;
            end = spread(world, random, plan->dest_count,
                         some_lengths(world, random, plan->dest_count), &plan->in);
        }
        lay(world, r, end, 0);
    }
    for (int r = 0; r < world->spec.size; r++) {
        gyre__plan_t *plan = &world->plans[r];
        uint64_t *lengths = world_alloc(world, (size_t)plan->source_count, sizeof(*lengths));
        for (int k = 0; k < plan->source_count; k++) {
            const gyre__plan_t *other = &world->plans[plan->sources[k]];
            lengths[k] = gyre__block_length(other, &other->in, block_at_source(world, r, k));
        }
        lay(world, r, world->buffers[r].in_bytes,
            spread(world, random, plan->source_count, lengths, &plan->out));
    }
}

static void expect_neighbor(const world_t *world, int rank, expected_t *out)
{
    const gyre__plan_t *mine = &world->plans[rank];
    for (int k = 0; k < mine->source_count; k++) {
        const gyre__plan_t *other = &world->plans[mine->sources[k]];
        uint64_t from = 0;
        if (neighbors_get_own_blocks(world))
            from = gyre__block_offset(other, &other->in, block_at_source(world, rank, k));
        expect_input(world, out, gyre__block_offset(mine, &mine->out, k), mine->sources[k], from,
                     gyre__block_length(mine, &mine->out, k));
    }
}

static const struct {
    shape_fn shape;
    expect_fn expect;
    bool rooted;
    bool even; /* all members have the same to do, but for rounding */
} rules[GYRE__COLLS] = {
    [GYRE__BARRIER] = {shape_barrier, expect_nothing, false, true},
    [GYRE__BCAST] = {shape_bcast, expect_bcast, true, true},
    [GYRE__REDUCE] = {shape_reduction, expect_reduction, true, true},
    [GYRE__ALLREDUCE] = {shape_reduction, expect_reduction, false, true},
    [GYRE__REDUCE_SCATTER] = {shape_reduce_scatter, expect_reduce_scatter, false, false},
    [GYRE__REDUCE_SCATTER_BLOCK] = {shape_reduce_scatter_block, expect_reduce_scatter, false, true},
    [GYRE__GATHER] = {shape_gather, expect_gather, true, true},
    [GYRE__GATHERV] = {shape_gatherv, expect_gather, true, false},
    [GYRE__SCATTER] = {shape_scatter, expect_scatter, true, true},
    [GYRE__SCATTERV] = {shape_scatterv, expect_scatter, true, false},
    [GYRE__ALLGATHER] = {shape_gather, expect_gather, false, true},
    [GYRE__ALLGATHERV] = {shape_gatherv, expect_gather, false, false},
    [GYRE__ALLTOALL] = {shape_alltoall, expect_alltoall, false, true},
    [GYRE__ALLTOALLV] = {shape_alltoallv, expect_alltoall, false, false},
    [GYRE__SCAN] = {shape_reduction, expect_reduction, false, true},
    [GYRE__EXSCAN] = {shape_reduction, expect_reduction, false, true},
    [GYRE__NEIGHBOR_ALLGATHER] = {shape_neighbor, expect_neighbor, false, false},
    [GYRE__NEIGHBOR_ALLGATHERV] = {shape_neighborv, expect_neighbor, false, false},
    [GYRE__NEIGHBOR_ALLTOALL] = {shape_neighbor, expect_neighbor, false, false},
    [GYRE__NEIGHBOR_ALLTOALLV] = {shape_neighborv, expect_neighbor, false, false},
};

void world_shape(world_t *world, random_plan_t *random)
{
    rules[world->spec.coll].shape(world, random);
}

void world_expect(const world_t *world, int rank, expected_t *out)
{
    uint64_t count = world->buffers[rank].out_bytes / world->spec.element;
    memset(out, 0, count * sizeof(*out));
    rules[world->spec.coll].expect(world, rank, out);
}

bool world_is_rooted(gyre__coll_t coll)
{
    return rules[coll].rooted;
}

bool world_is_even(gyre__coll_t coll)
{
    return rules[coll].even;
}
