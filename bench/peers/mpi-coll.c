/* SPDX-License-Identifier: Apache-2.0 */
/* The collectives in MPI, a row each as in ../collectives.c. The persistent ones are MPI 4's; Open
 * MPI 4 has them as an extension under other names. Counts are ints here, and made so per cell. */
#include "mpi-side.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#ifdef OPEN_MPI
#include <mpi-ext.h>
#endif

#if MPI_VERSION >= 4
#define PERSISTENT(name) MPI_##name##_init
#elif defined(OMPI_HAVE_MPI_EXT_PCOLLREQ)
#define PERSISTENT(name) MPIX_##name##_init
#endif

static MPI_Datatype type;
static MPI_Op op;
static MPI_Comm ring = MPI_COMM_NULL;
static MPI_Request request = MPI_REQUEST_NULL;
static int *counts, *displs, count;

#define WORLD MPI_COMM_WORLD
#define IN    bench->send
#define OUT   bench->recv
#define COUNT count, type
#define PARTS counts, displs
#define ROOT  GYRE__BENCH_ROOT
#define BOTH  (bench->rank == ROOT ? bench->send : bench->recv)

#ifdef PERSISTENT
#define INIT(name, upper, ...)                                                                     \
    static int name##_init(gyre__bench_t *bench)                                                   \
    {                                                                                              \
        (void)bench;                                                                               \
        return PERSISTENT(upper)(__VA_ARGS__, MPI_INFO_NULL, &request);                            \
    }
#else
#define INIT(name, upper, ...) enum { name##_init = 0 };
#endif

#define COLL(name, upper, ...)                                                                     \
    static int name##_blocking(gyre__bench_t *bench)                                               \
    {                                                                                              \
        (void)bench;                                                                               \
        return MPI_##upper(__VA_ARGS__);                                                           \
    }                                                                                              \
    static int name##_begin(gyre__bench_t *bench)                                                  \
    {                                                                                              \
        (void)bench;                                                                               \
        return MPI_I##name(__VA_ARGS__, &request);                                                 \
    }                                                                                              \
    INIT(name, upper, __VA_ARGS__)

COLL(barrier, Barrier, WORLD)
COLL(bcast, Bcast, BOTH, COUNT, ROOT, WORLD)
COLL(reduce, Reduce, IN, OUT, COUNT, op, ROOT, WORLD)
COLL(allreduce, Allreduce, IN, OUT, COUNT, op, WORLD)
COLL(reduce_scatter, Reduce_scatter, IN, OUT, counts, type, op, WORLD)
COLL(reduce_scatter_block, Reduce_scatter_block, IN, OUT, COUNT, op, WORLD)
COLL(gather, Gather, IN, COUNT, OUT, COUNT, ROOT, WORLD)
COLL(gatherv, Gatherv, IN, COUNT, OUT, PARTS, type, ROOT, WORLD)
COLL(scatter, Scatter, IN, COUNT, OUT, COUNT, ROOT, WORLD)
COLL(scatterv, Scatterv, IN, PARTS, type, OUT, COUNT, ROOT, WORLD)
COLL(allgather, Allgather, IN, COUNT, OUT, COUNT, WORLD)
COLL(allgatherv, Allgatherv, IN, COUNT, OUT, PARTS, type, WORLD)
COLL(alltoall, Alltoall, IN, COUNT, OUT, COUNT, WORLD)
COLL(alltoallv, Alltoallv, IN, PARTS, type, OUT, PARTS, type, WORLD)
COLL(scan, Scan, IN, OUT, COUNT, op, WORLD)
COLL(exscan, Exscan, IN, OUT, COUNT, op, WORLD)
COLL(neighbor_allgather, Neighbor_allgather, IN, COUNT, OUT, COUNT, ring)
COLL(neighbor_allgatherv, Neighbor_allgatherv, IN, COUNT, OUT, PARTS, type, ring)
COLL(neighbor_alltoall, Neighbor_alltoall, IN, COUNT, OUT, COUNT, ring)
COLL(neighbor_alltoallv, Neighbor_alltoallv, IN, PARTS, type, OUT, PARTS, type, ring)

#define ROW(name, title) [GYRE__BENCH_COLL_##name] = {name##_blocking, name##_begin, name##_init},
static const gyre__bench_calls_t calls[] = {GYRE__BENCH_COLL_MAP(ROW)};

static bool find_type(const char *name)
{
    const struct {
        const char *name;
        MPI_Datatype type;
    } types[] = {{"byte", MPI_BYTE},
                 {"int8", MPI_INT8_T},
                 {"int16", MPI_INT16_T},
                 {"int32", MPI_INT32_T},
                 {"int64", MPI_INT64_T},
                 {"uint8", MPI_UINT8_T},
                 {"uint16", MPI_UINT16_T},
                 {"uint32", MPI_UINT32_T},
                 {"uint64", MPI_UINT64_T},
                 {"float32", MPI_FLOAT},
                 {"float64", MPI_DOUBLE},
                 {"complex64", MPI_C_FLOAT_COMPLEX},
                 {"complex128", MPI_C_DOUBLE_COMPLEX}};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (!strcmp(types[i].name, name)) {
            type = types[i].type;
            return true;
        }
    return false;
}

static int coll_open(gyre__bench_t *bench)
{
    const MPI_Op ops[] = {MPI_SUM, MPI_PROD, MPI_MIN,  MPI_MAX, MPI_LAND,
                          MPI_LOR, MPI_LXOR, MPI_BAND, MPI_BOR, MPI_BXOR};
    const int weights[] = {1, 1};
    const gyre__bench_coll_t *coll = bench->coll;
    find_type(bench->opts.type->name);
    op = ops[bench->opts.variant];
    counts = calloc((size_t)bench->size, sizeof(int));
    displs = calloc((size_t)bench->size, sizeof(int));
    if (!counts || !displs)
        return MPI_ERR_NO_MEM;
    if (bench->opts.op->shape->out != GYRE__BENCH_NEAR)
        return MPI_SUCCESS;
    return MPI_Dist_graph_create_adjacent(WORLD, coll->degree, coll->neighbors, weights,
                                          coll->degree, coll->neighbors, weights, MPI_INFO_NULL, 0,
                                          &ring);
}

static void coll_close(gyre__bench_t *bench)
{
    (void)bench;
    if (ring != MPI_COMM_NULL)
        MPI_Comm_free(&ring);
    free(counts);
    free(displs);
}

static int coll_cell(gyre__bench_t *bench)
{
    const gyre__bench_coll_t *coll = bench->coll;
    for (int i = 0; i < bench->size; i++) {
        if (coll->displs[i] + coll->counts[i] > INT_MAX)
            return MPI_ERR_COUNT;
        counts[i] = (int)coll->counts[i];
        displs[i] = (int)coll->displs[i];
    }
    count = (int)coll->count;
    return coll->count > INT_MAX ? MPI_ERR_COUNT : MPI_SUCCESS;
}

static int coll_start(gyre__bench_t *bench)
{
    (void)bench;
    return MPI_Start(&request);
}

static int coll_wait(gyre__bench_t *bench)
{
    (void)bench;
    return MPI_Wait(&request, MPI_STATUS_IGNORE);
}

static int coll_test(gyre__bench_t *bench, bool *done)
{
    int flag = 0;
    (void)bench;
    int status = MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
    *done = flag;
    return status;
}

static int coll_release(gyre__bench_t *bench)
{
    (void)bench;
    return MPI_Request_free(&request);
}

static int coll_alloc(gyre__bench_t *bench, const size_t room[2], char *address[2])
{
    (void)bench;
    int status = MPI_Alloc_mem((MPI_Aint)room[0], MPI_INFO_NULL, &address[0]);
    if (!status)
        status = MPI_Alloc_mem((MPI_Aint)room[1], MPI_INFO_NULL, &address[1]);
    if (status)
        return status;
    memset(address[0], 0, room[0]);
    memset(address[1], 0, room[1]);
    return MPI_SUCCESS;
}

static void coll_free(gyre__bench_t *bench, char *address[2])
{
    (void)bench;
    for (int i = 0; i < 2; i++)
        if (address[i])
            MPI_Free_mem(address[i]);
}

const gyre__bench_coll_side_t gyre__bench_mpi_collectives = {
    .calls = calls,
    .has_type = find_type,
    .open = coll_open,
    .close = coll_close,
    .cell = coll_cell,
    .start = coll_start,
    .test = coll_test,
    .wait = coll_wait,
    .release = coll_release,
    .alloc = coll_alloc,
    .free = coll_free,
};
