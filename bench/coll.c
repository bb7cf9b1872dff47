/* SPDX-License-Identifier: Apache-2.0 */
/* Collectives: what each moves, how its size becomes blocks, and one iteration in each mode.
 * Sizes are OSU's: bytes of a rank's whole vector for what is reduced or broadcast, of one block
 * otherwise. */
#include "coll.h"

#include <stdlib.h>
#include <string.h>

#define SHAPE(name, ...) [GYRE__BENCH_COLL_##name] = {.kind = GYRE__BENCH_COLL_##name, __VA_ARGS__}
#define IN(extent)       .in = GYRE__BENCH_##extent
#define OUT(extent)      .out = GYRE__BENCH_##extent
#define FOLD(whose)      .fold = GYRE__BENCH_##whose

static const gyre__bench_shape_t shapes[GYRE__BENCH_COLLS] = {
    SHAPE(barrier, IN(NONE), OUT(NONE)),
    SHAPE(bcast, IN(ONE), OUT(ONE), .in_at_root = true, .one_buffer = true),
    SHAPE(reduce, IN(ONE), OUT(ONE), FOLD(OF_ALL), .out_at_root = true),
    SHAPE(allreduce, IN(ONE), OUT(ONE), FOLD(OF_ALL)),
    SHAPE(reduce_scatter, IN(ONE), OUT(SHARE), FOLD(OF_ALL)),
    SHAPE(reduce_scatter_block, IN(RANKS), OUT(ONE), FOLD(OF_ALL)),
    SHAPE(gather, IN(ONE), OUT(RANKS), .out_at_root = true),
    SHAPE(gatherv, IN(ONE), OUT(RANKS), .out_at_root = true),
    SHAPE(scatter, IN(RANKS), OUT(ONE), .in_at_root = true),
    SHAPE(scatterv, IN(RANKS), OUT(ONE), .in_at_root = true),
    SHAPE(allgather, IN(ONE), OUT(RANKS)),
    SHAPE(allgatherv, IN(ONE), OUT(RANKS)),
    SHAPE(alltoall, IN(RANKS), OUT(RANKS)),
    SHAPE(alltoallv, IN(RANKS), OUT(RANKS)),
    SHAPE(scan, IN(ONE), OUT(ONE), FOLD(UP_TO_SELF)),
    SHAPE(exscan, IN(ONE), OUT(ONE), FOLD(BEFORE_SELF)),
    SHAPE(neighbor_allgather, IN(ONE), OUT(NEAR)),
    SHAPE(neighbor_allgatherv, IN(ONE), OUT(NEAR)),
    SHAPE(neighbor_alltoall, IN(NEAR), OUT(NEAR)),
    SHAPE(neighbor_alltoallv, IN(NEAR), OUT(NEAR)),
};

static int once(gyre__bench_t *bench);

#define MOVE(coll, text, words, ...)                                                               \
    [GYRE__BENCH_COLL_##coll] = {.name = #coll,                                                    \
                                 .title = text,                                                    \
                                 .help = words,                                                    \
                                 .shape = &shapes[GYRE__BENCH_COLL_##coll],                        \
                                 .metric = GYRE__BENCH_LATENCY,                                    \
                                 .legs = 1,                                                        \
                                 .iterations = 10000,                                              \
                                 .warmup = 100,                                                    \
                                 .once = once,                                                     \
                                 __VA_ARGS__}
#define SIZES .min = 1, .max = 1 << 20, .most = SIZE_MAX
#define REDUCE(coll, text, words)                                                                  \
    MOVE(coll, text, words, .min = 4, .max = 1 << 20, .most = SIZE_MAX,                            \
         .variants = gyre__bench_reductions)

const gyre__bench_op_t gyre__bench_coll_ops[GYRE__BENCH_COLLS] = {
    MOVE(barrier, "Barrier", "all wait for all"),
    MOVE(bcast, "Broadcast", "the root's vector to all", SIZES),
    REDUCE(reduce, "Reduce", "all vectors, reduced, to the root"),
    REDUCE(allreduce, "Allreduce", "all vectors, reduced, to all"),
    REDUCE(reduce_scatter, "Reduce_scatter", "all vectors, reduced, a part of it to each"),
    REDUCE(reduce_scatter_block, "Reduce_scatter_block", "the same by blocks of the size"),
    MOVE(gather, "Gather", "a block of each to the root", SIZES),
    MOVE(gatherv, "Gatherv", "the same with counts and displacements", SIZES),
    MOVE(scatter, "Scatter", "a block of the root's to each", SIZES),
    MOVE(scatterv, "Scatterv", "the same with counts and displacements", SIZES),
    MOVE(allgather, "Allgather", "a block of each to all", SIZES),
    MOVE(allgatherv, "Allgatherv", "the same with counts and displacements", SIZES),
    MOVE(alltoall, "All-to-All", "a block of each for each", SIZES),
    MOVE(alltoallv, "All-to-Allv", "the same with counts and displacements", SIZES),
    REDUCE(scan, "Scan", "the vectors up to a rank's own, reduced"),
    REDUCE(exscan, "Exscan", "the vectors before a rank's own, reduced"),
    MOVE(neighbor_allgather, "Neighbor Allgather", "a block to both neighbours in a ring", SIZES),
    MOVE(neighbor_allgatherv, "Neighbor Allgatherv", "the same with counts and displacements",
         SIZES),
    MOVE(neighbor_alltoall, "Neighbor Alltoall", "a block for each neighbour in a ring", SIZES),
    MOVE(neighbor_alltoallv, "Neighbor Alltoallv", "the same with counts and displacements", SIZES),
};

static int once(gyre__bench_t *bench)
{
    const gyre__bench_coll_side_t *side = bench->side->colls;
    const gyre__bench_calls_t *calls = &side->calls[bench->opts.op->shape->kind];
    int status;
    switch (bench->opts.mode) {
    case GYRE__BENCH_BLOCKING:
        return calls->blocking(bench);
    case GYRE__BENCH_NONBLOCKING:
        status = calls->begin(bench);
        return status ? status : side->wait(bench);
    case GYRE__BENCH_PERSISTENT:
        status = side->start(bench);
        return status ? status : side->wait(bench);
    default:
        return gyre__bench_overlap(bench);
    }
}

/* Bytes of a buffer for sizes up to most; SIZE_MAX: more than there can be. */
static size_t room(const gyre__bench_t *bench, gyre__bench_extent_t extent, size_t most)
{
    size_t blocks = extent == GYRE__BENCH_RANKS  ? (size_t)bench->size
                    : extent == GYRE__BENCH_NEAR ? (size_t)bench->coll->degree
                                                 : extent != GYRE__BENCH_NONE;
    return blocks && most > SIZE_MAX / blocks ? SIZE_MAX : most * blocks;
}

static void find_neighbors(gyre__bench_t *bench)
{
    gyre__bench_coll_t *coll = bench->coll;
    coll->neighbors[0] = (bench->rank + bench->size - 1) % bench->size;
    coll->neighbors[1] = (bench->rank + 1) % bench->size;
    coll->degree = coll->neighbors[0] == coll->neighbors[1] ? 1 : 2;
}

int gyre__bench_coll_open(gyre__bench_t *bench)
{
    const gyre__bench_shape_t *shape = bench->opts.op->shape;
    gyre__bench_coll_t *coll = calloc(1, sizeof(*coll));
    if (!coll)
        return -1;
    bench->coll = coll;
    coll->element = bench->opts.type->size;
    coll->counts = calloc((size_t)bench->size, sizeof(size_t));
    coll->displs = calloc((size_t)bench->size, sizeof(size_t));
    find_neighbors(bench);
    bool root = bench->rank == GYRE__BENCH_ROOT;
    if (root || !shape->in_at_root)
        coll->room[0] = room(bench, shape->in, bench->opts.max);
    if (root || !shape->out_at_root)
        coll->room[1] = room(bench, shape->out, bench->opts.max);
    if (bench->opts.mode == GYRE__BENCH_OVERLAP)
        coll->turns = gyre__bench_calibrate();
    return coll->counts && coll->displs ? 0 : -1;
}

void gyre__bench_coll_close(gyre__bench_t *bench)
{
    if (!bench->coll)
        return;
    free(bench->coll->counts);
    free(bench->coll->displs);
    free(bench->coll);
    bench->coll = NULL;
}

/* As even as it goes, the first ones with one more. */
static void spread(const gyre__bench_t *bench, size_t count)
{
    gyre__bench_coll_t *coll = bench->coll;
    size_t size = (size_t)bench->size, at = 0;
    for (size_t i = 0; i < size; i++) {
        coll->counts[i] = count / size + (i < count % size);
        coll->displs[i] = at;
        at += coll->counts[i];
    }
}

int gyre__bench_coll_cell(gyre__bench_t *bench)
{
    const gyre__bench_coll_side_t *side = bench->side->colls;
    const gyre__bench_shape_t *shape = bench->opts.op->shape;
    gyre__bench_coll_t *coll = bench->coll;
    coll->count = bench->length / coll->element;
    coll->computing = false;
    coll->computed = 0;
    spread(bench,
           shape->out == GYRE__BENCH_SHARE ? coll->count : coll->count * (size_t)bench->size);
    int status = side->cell ? side->cell(bench) : 0;
    if (!status && bench->opts.mode == GYRE__BENCH_PERSISTENT)
        status = side->calls[shape->kind].init(bench);
    return status;
}

int gyre__bench_coll_cell_end(gyre__bench_t *bench)
{
    if (bench->opts.mode != GYRE__BENCH_PERSISTENT)
        return 0;
    return bench->side->colls->release(bench);
}
