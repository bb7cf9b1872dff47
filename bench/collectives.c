/* SPDX-License-Identifier: Apache-2.0 */
/* Gyre's collectives: a row each, which gives the arguments that all three forms share. */
#include "coll.h"
#include "worker.h"

#include <gyre/coll.h>
#include <string.h>

static gyre_type_t type;
static gyre_op_t op;
static gyre_comm_t *ring;
static gyre_request_t *request;
static gyre_mem_t *memory[2];

#define WORLD gyre__bench_world
#define IN    bench->send
#define OUT   bench->recv
#define COUNT bench->coll->count, type
#define MINE  bench->coll->count
#define PARTS bench->coll->counts, bench->coll->displs
#define ROOT  GYRE__BENCH_ROOT
#define BOTH  (bench->rank == ROOT ? bench->send : bench->recv)

#define COLL(name, ...)                                                                            \
    static int name##_blocking(gyre__bench_t *bench)                                               \
    {                                                                                              \
        (void)bench;                                                                               \
        return gyre_##name(__VA_ARGS__);                                                           \
    }                                                                                              \
    static int name##_begin(gyre__bench_t *bench)                                                  \
    {                                                                                              \
        (void)bench;                                                                               \
        return gyre_i##name(__VA_ARGS__, &request);                                                \
    }                                                                                              \
    static int name##_init(gyre__bench_t *bench)                                                   \
    {                                                                                              \
        (void)bench;                                                                               \
        return gyre_##name##_init(__VA_ARGS__, &request);                                          \
    }

COLL(barrier, WORLD)
COLL(bcast, WORLD, BOTH, COUNT, ROOT)
COLL(reduce, WORLD, IN, OUT, COUNT, op, ROOT)
COLL(allreduce, WORLD, IN, OUT, COUNT, op)
COLL(reduce_scatter, WORLD, IN, OUT, bench->coll->counts, type, op)
COLL(reduce_scatter_block, WORLD, IN, OUT, COUNT, op)
COLL(gather, WORLD, IN, OUT, COUNT, ROOT)
COLL(gatherv, WORLD, IN, MINE, OUT, PARTS, type, ROOT)
COLL(scatter, WORLD, IN, OUT, COUNT, ROOT)
COLL(scatterv, WORLD, IN, PARTS, OUT, COUNT, ROOT)
COLL(allgather, WORLD, IN, OUT, COUNT)
COLL(allgatherv, WORLD, IN, MINE, OUT, PARTS, type)
COLL(alltoall, WORLD, IN, OUT, COUNT)
COLL(alltoallv, WORLD, IN, PARTS, OUT, PARTS, type)
COLL(scan, WORLD, IN, OUT, COUNT, op)
COLL(exscan, WORLD, IN, OUT, COUNT, op)
COLL(neighbor_allgather, ring, IN, OUT, COUNT)
COLL(neighbor_allgatherv, ring, IN, MINE, OUT, PARTS, type)
COLL(neighbor_alltoall, ring, IN, OUT, COUNT)
COLL(neighbor_alltoallv, ring, IN, PARTS, OUT, PARTS, type)

#define ROW(name, title) [GYRE__BENCH_COLL_##name] = {name##_blocking, name##_begin, name##_init},
static const gyre__bench_calls_t calls[] = {GYRE__BENCH_COLL_MAP(ROW)};

static bool find_type(const char *name)
{
    for (type = 0; type < GYRE_TYPE_BUILTIN_COUNT; type++)
        if (!strcmp(gyre_type_name(type), name))
            return true;
    return false;
}

static int coll_open(gyre__bench_t *bench)
{
    const gyre__bench_op_t *bench_op = bench->opts.op;
    const gyre__bench_coll_t *coll = bench->coll;
    find_type(bench->opts.type->name);
    for (op = 0; bench_op->variants && op < GYRE_OP_BUILTIN_COUNT; op++)
        if (!strcmp(gyre_op_name(op), bench_op->variants[bench->opts.variant]))
            break;
    if (bench_op->shape->out != GYRE__BENCH_NEAR)
        return GYRE_OK;
    return gyre_comm_neighbors(WORLD, coll->neighbors, coll->degree, coll->neighbors, coll->degree,
                               &ring);
}

static void coll_close(gyre__bench_t *bench)
{
    (void)bench;
    gyre_comm_destroy(ring);
}

static int coll_start(gyre__bench_t *bench)
{
    (void)bench;
    return gyre_start(request);
}

static int coll_wait(gyre__bench_t *bench)
{
    (void)bench;
    return gyre_wait(&request, NULL);
}

static int coll_test(gyre__bench_t *bench, bool *done)
{
    (void)bench;
    gyre_status_t status = gyre_test(&request, NULL);
    *done = status != GYRE_IN_PROGRESS;
    return *done ? status : GYRE_OK;
}

static int coll_release(gyre__bench_t *bench)
{
    (void)bench;
    return gyre_request_free(&request);
}

static int coll_alloc(gyre__bench_t *bench, const size_t room[2], char *address[2])
{
    (void)bench;
    for (int i = 0; i < 2; i++) {
        gyre_status_t status = gyre_mem_alloc(gyre__bench_context, room[i], &memory[i]);
        if (status)
            return status;
        address[i] = gyre_mem_address(memory[i]);
    }
    return GYRE_OK;
}

static void coll_free(gyre__bench_t *bench, char *address[2])
{
    (void)bench;
    (void)address;
    gyre_mem_release(memory[0]);
    gyre_mem_release(memory[1]);
}

const gyre__bench_coll_side_t gyre__bench_collectives = {
    .calls = calls,
    .has_type = find_type,
    .open = coll_open,
    .close = coll_close,
    .start = coll_start,
    .test = coll_test,
    .wait = coll_wait,
    .release = coll_release,
    .alloc = coll_alloc,
    .free = coll_free,
};
