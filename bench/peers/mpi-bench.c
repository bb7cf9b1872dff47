/* SPDX-License-Identifier: Apache-2.0 */
/* The same operations as in the folder above, in MPI: what Gyre is measured against. Only calls
 * that every MPI-3 library has; memory of the one-sided ones comes from MPI_Win_allocate, which
 * lets the library place it best. */
#include "mpi-side.h"

#include <stdio.h>
#include <stdlib.h>

enum { TAG_DATA, TAG_ACK };

static MPI_Win window;

static int side_open(gyre__bench_t *bench)
{
    int status = MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &bench->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &bench->size);
    return status;
}

static void side_close(gyre__bench_t *bench)
{
    (void)bench;
    MPI_Finalize();
}

static int side_barrier(gyre__bench_t *bench)
{
    (void)bench;
    return MPI_Barrier(MPI_COMM_WORLD);
}

static int side_gather(gyre__bench_t *bench, const void *mine, size_t length, void *all)
{
    (void)bench;
    return MPI_Gather(mine, (int)length, MPI_BYTE, all, (int)length, MPI_BYTE, 0, MPI_COMM_WORLD);
}

static int side_share(gyre__bench_t *bench, void *data, size_t length)
{
    (void)bench;
    return MPI_Bcast(data, (int)length, MPI_BYTE, 0, MPI_COMM_WORLD);
}

static const char *side_path(gyre__bench_t *bench)
{
    (void)bench;
    return "as the library chooses";
}

static const char *side_error(int status)
{
    static char text[MPI_MAX_ERROR_STRING];
    int length;
    MPI_Error_string(status, text, &length);
    return text;
}

static int latency_once(gyre__bench_t *bench)
{
    int length = (int)bench->length, status = MPI_SUCCESS;
    if (bench->role == GYRE__BENCH_ORIGIN)
        status = MPI_Send(bench->send, length, MPI_BYTE, bench->peer, TAG_DATA, MPI_COMM_WORLD);
    if (!status)
        status = MPI_Recv(bench->recv, length, MPI_BYTE, bench->peer, TAG_DATA, MPI_COMM_WORLD,
                          MPI_STATUS_IGNORE);
    if (!status && bench->role == GYRE__BENCH_TARGET)
        status = MPI_Send(bench->send, length, MPI_BYTE, bench->peer, TAG_DATA, MPI_COMM_WORLD);
    return status;
}

static int window_open(gyre__bench_t *bench)
{
    bench->state = malloc(2 * (size_t)bench->opts.window * sizeof(MPI_Request));
    return bench->state ? MPI_SUCCESS : MPI_ERR_NO_MEM;
}

static void window_close(gyre__bench_t *bench)
{
    free(bench->state);
}

static int start_sends(gyre__bench_t *bench, MPI_Request *reqs)
{
    int status = MPI_SUCCESS;
    for (int i = 0; i < bench->opts.window && !status; i++)
        status = MPI_Isend(bench->send + (size_t)i * bench->stride, (int)bench->length, MPI_BYTE,
                           bench->peer, TAG_DATA, MPI_COMM_WORLD, &reqs[i]);
    return status;
}

static int start_recvs(gyre__bench_t *bench, MPI_Request *reqs)
{
    int status = MPI_SUCCESS;
    for (int i = 0; i < bench->opts.window && !status; i++)
        status = MPI_Irecv(bench->recv + (size_t)i * bench->stride, (int)bench->length, MPI_BYTE,
                           bench->peer, TAG_DATA, MPI_COMM_WORLD, &reqs[i]);
    return status;
}

static int answer(gyre__bench_t *bench)
{
    if (bench->role == GYRE__BENCH_TARGET)
        return MPI_Send(NULL, 0, MPI_BYTE, bench->peer, TAG_ACK, MPI_COMM_WORLD);
    return MPI_Recv(NULL, 0, MPI_BYTE, bench->peer, TAG_ACK, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

static int window_once(gyre__bench_t *bench)
{
    MPI_Request *reqs = bench->state;
    int status =
        bench->role == GYRE__BENCH_ORIGIN ? start_sends(bench, reqs) : start_recvs(bench, reqs);
    if (!status)
        status = MPI_Waitall(bench->opts.window, reqs, MPI_STATUSES_IGNORE);
    return status ? status : answer(bench);
}

static int window_once_both(gyre__bench_t *bench)
{
    MPI_Request *reqs = bench->state;
    int status = start_recvs(bench, reqs);
    if (!status)
        status = start_sends(bench, reqs + bench->opts.window);
    if (!status)
        status = MPI_Waitall(2 * bench->opts.window, reqs, MPI_STATUSES_IGNORE);
    return status ? status : answer(bench);
}

static int region_open(gyre__bench_t *bench, char **memory)
{
    MPI_Aint length = bench->role == GYRE__BENCH_TARGET ? (MPI_Aint)bench->room : 0;
    int status = MPI_Win_allocate(length, 1, MPI_INFO_NULL, MPI_COMM_WORLD, memory, &window);
    if (!status && bench->role == GYRE__BENCH_ORIGIN)
        status = MPI_Win_lock(MPI_LOCK_SHARED, bench->peer, 0, window);
    return status;
}

static void region_close(gyre__bench_t *bench)
{
    if (bench->role == GYRE__BENCH_ORIGIN)
        MPI_Win_unlock(bench->peer, window);
    MPI_Win_free(&window);
}

static int put_open(gyre__bench_t *bench)
{
    char *memory = NULL;
    int status = region_open(bench, &memory);
    if (!status && bench->role == GYRE__BENCH_TARGET)
        bench->recv = memory;
    return status;
}

static int get_open(gyre__bench_t *bench)
{
    char *memory = NULL;
    int status = region_open(bench, &memory);
    if (!status && bench->role == GYRE__BENCH_TARGET)
        bench->send = memory;
    return status;
}

static int atomic_open(gyre__bench_t *bench)
{
    char *memory = NULL;
    int status = region_open(bench, &memory);
    for (size_t i = 0; !status && bench->role == GYRE__BENCH_TARGET && i < bench->room; i++)
        memory[i] = 0;
    return status;
}

static int put_once(gyre__bench_t *bench)
{
    int length = (int)bench->length;
    if (bench->role == GYRE__BENCH_TARGET)
        return MPI_SUCCESS;
    int status = MPI_Put(bench->send, length, MPI_BYTE, bench->peer, 0, length, MPI_BYTE, window);
    return status ? status : MPI_Win_flush(bench->peer, window);
}

static int get_once(gyre__bench_t *bench)
{
    int length = (int)bench->length;
    if (bench->role == GYRE__BENCH_TARGET)
        return MPI_SUCCESS;
    int status = MPI_Get(bench->recv, length, MPI_BYTE, bench->peer, 0, length, MPI_BYTE, window);
    return status ? status : MPI_Win_flush(bench->peer, window);
}

static const char *const variants[] = {"fetch_add", "swap", "compare_swap", NULL};

/* operand, compare and old are of the type's width. */
static int atomic_call(gyre__bench_t *bench, const void *operand, const void *compare, void *old)
{
    MPI_Datatype type = bench->length == 8 ? MPI_UINT64_T : MPI_UINT32_T;
    MPI_Aint offset = bench->length == 8 ? 8 : 0;
    MPI_Op op = bench->opts.variant ? MPI_REPLACE : MPI_SUM;
    int status =
        bench->opts.variant == 2
            ? MPI_Compare_and_swap(operand, compare, old, type, bench->peer, offset, window)
            : MPI_Fetch_and_op(operand, old, type, bench->peer, offset, op, window);
    return status ? status : MPI_Win_flush(bench->peer, window);
}

static int atomic_once(gyre__bench_t *bench)
{
    static uint64_t count8;
    static uint32_t count4;
    uint64_t old8 = 0, next8 = bench->opts.variant ? count8 + 1 : 1;
    uint32_t old4 = 0, next4 = bench->opts.variant ? count4 + 1 : 1;
    int status;
    if (bench->role == GYRE__BENCH_TARGET)
        return MPI_SUCCESS;
    if (bench->length == 8) {
        status = atomic_call(bench, &next8, &count8, &old8);
        bench->wrong += old8 != count8++;
    } else {
        status = atomic_call(bench, &next4, &count4, &old4);
        bench->wrong += old4 != count4++;
    }
    return status;
}

#define WINDOWED                                                                                   \
    .windowed = true, .min = 1, .max = 4 << 20, .most = INT32_MAX, .iterations = 200,              \
    .warmup = 20, .open = window_open, .close = window_close
#define LATENCY                                                                                    \
    .metric = GYRE__BENCH_LATENCY, .min = 1, .max = 4 << 20, .most = INT32_MAX,                    \
    .iterations = 10000, .warmup = 100
#define ONE_WAY   .legs = 1, .fills = GYRE__BENCH_ORIGIN, .checks = GYRE__BENCH_TARGET
#define BACK      .legs = 1, .fills = GYRE__BENCH_TARGET, .checks = GYRE__BENCH_ORIGIN
#define BOTH_WAYS .legs = 2, .fills = GYRE__BENCH_BOTH, .checks = GYRE__BENCH_BOTH

static const gyre__bench_op_t latency = {.name = "latency",
                                         .title = "Latency",
                                         .help = "MPI_Send, MPI_Recv",
                                         .once = latency_once,
                                         LATENCY,
                                         BOTH_WAYS};
static const gyre__bench_op_t bandwidth = {.name = "bandwidth",
                                           .title = "Bandwidth",
                                           .help = "MPI_Isend, MPI_Irecv",
                                           .metric = GYRE__BENCH_BANDWIDTH,
                                           .once = window_once,
                                           WINDOWED,
                                           ONE_WAY};
static const gyre__bench_op_t bibandwidth = {.name = "bibandwidth",
                                             .title = "Bi-Directional Bandwidth",
                                             .help = "MPI_Isend, MPI_Irecv",
                                             .metric = GYRE__BENCH_BANDWIDTH,
                                             .once = window_once_both,
                                             WINDOWED,
                                             BOTH_WAYS};
static const gyre__bench_op_t rate = {.name = "rate",
                                      .title = "Multiple Bandwidth / Message Rate",
                                      .help = "MPI_Isend, MPI_Irecv",
                                      .metric = GYRE__BENCH_RATE,
                                      .once = window_once,
                                      WINDOWED,
                                      ONE_WAY};
static const gyre__bench_op_t put = {.name = "put",
                                     .title = "One-Sided Put Latency",
                                     .help = "MPI_Put, MPI_Win_flush",
                                     .open = put_open,
                                     .once = put_once,
                                     .close = region_close,
                                     .least = 1,
                                     LATENCY,
                                     ONE_WAY};
static const gyre__bench_op_t get = {.name = "get",
                                     .title = "One-Sided Get Latency",
                                     .help = "MPI_Get, MPI_Win_flush",
                                     .open = get_open,
                                     .once = get_once,
                                     .close = region_close,
                                     .least = 1,
                                     LATENCY,
                                     BACK};
static const gyre__bench_op_t atomic = {.name = "atomic",
                                        .title = "One-Sided Atomic Latency",
                                        .help = "MPI_Fetch_and_op, MPI_Compare_and_swap",
                                        .metric = GYRE__BENCH_LATENCY,
                                        .legs = 1,
                                        .min = 4,
                                        .max = 8,
                                        .least = 4,
                                        .most = 8,
                                        .iterations = 10000,
                                        .warmup = 100,
                                        .variants = variants,
                                        .open = atomic_open,
                                        .once = atomic_once,
                                        .close = region_close};

int main(int argc, char **argv)
{
    static const gyre__bench_op_t *const ops[] = {&latency, &bandwidth, &bibandwidth, &rate,
                                                  &put,     &get,       &atomic,      NULL};
    static char version[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(version, &length);
    for (char *at = version; *at; at++)
        if (*at == ',' || *at == '\n' || *at == '\t')
            *at = *at == '\t' ? ' ' : '\0';
    gyre__bench_side_t side = {.program = "mpi-bench",
                               .library = version,
                               .launch = "mpiexec -n 2 mpi-bench latency",
                               .ops = ops,
                               .open = side_open,
                               .close = side_close,
                               .barrier = side_barrier,
                               .gather = side_gather,
                               .share = side_share,
                               .path = side_path,
                               .error = side_error,
                               .colls = &gyre__bench_mpi_collectives};
    return gyre__bench_run(&side, argc, argv);
}
