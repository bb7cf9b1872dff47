/* SPDX-License-Identifier: Apache-2.0 */
/* Bandwidth, bidirectional bandwidth and message rate: a window of messages in flight, then an
 * empty answer from the target, without which the origin would only time its own queue. */
#include "worker.h"

#include <stdlib.h>

static int window_open(gyre__bench_t *bench)
{
    bench->state = calloc(2 * (size_t)bench->opts.window, sizeof(gyre_request_t *));
    return bench->state ? GYRE_OK : GYRE_ERR_NO_MEMORY;
}

static void window_close(gyre__bench_t *bench)
{
    free(bench->state);
}

static gyre_status_t start_sends(gyre__bench_t *bench, gyre_request_t **reqs)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < bench->opts.window && !status; i++)
        status = gyre_isend(gyre__bench_world, bench->send + (size_t)i * bench->stride,
                            bench->length, bench->peer, GYRE__BENCH_TAG_DATA, &reqs[i]);
    return status;
}

static gyre_status_t start_recvs(gyre__bench_t *bench, gyre_request_t **reqs)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < bench->opts.window && !status; i++)
        status = gyre_irecv(gyre__bench_world, bench->recv + (size_t)i * bench->stride,
                            bench->length, bench->peer, GYRE__BENCH_TAG_DATA, &reqs[i]);
    return status;
}

static gyre_status_t answer(gyre__bench_t *bench)
{
    if (bench->role == GYRE__BENCH_TARGET)
        return gyre_send(gyre__bench_world, NULL, 0, bench->peer, GYRE__BENCH_TAG_ACK);
    return gyre_recv(gyre__bench_world, NULL, 0, bench->peer, GYRE__BENCH_TAG_ACK, NULL);
}

static int once_one_way(gyre__bench_t *bench)
{
    gyre_request_t **reqs = bench->state;
    gyre_status_t status =
        bench->role == GYRE__BENCH_ORIGIN ? start_sends(bench, reqs) : start_recvs(bench, reqs);
    if (!status)
        status = gyre_wait_all(bench->opts.window, reqs, NULL, NULL);
    return status ? status : answer(bench);
}

static int once_both_ways(gyre__bench_t *bench)
{
    gyre_request_t **reqs = bench->state;
    gyre_status_t status = start_recvs(bench, reqs);
    if (!status)
        status = start_sends(bench, reqs + bench->opts.window);
    if (!status)
        status = gyre_wait_all(2 * bench->opts.window, reqs, NULL, NULL);
    return status ? status : answer(bench);
}

#define WINDOWED                                                                                   \
    .windowed = true, .min = 1, .max = 4 << 20, .most = SIZE_MAX, .iterations = 200, .warmup = 20, \
    .open = window_open, .close = window_close

const gyre__bench_op_t gyre__bench_bandwidth = {
    .name = "bandwidth",
    .title = "Bandwidth",
    .help = "messages one way, a window of them in flight",
    .metric = GYRE__BENCH_BANDWIDTH,
    .legs = 1,
    .fills = GYRE__BENCH_ORIGIN,
    .checks = GYRE__BENCH_TARGET,
    .once = once_one_way,
    WINDOWED,
};

const gyre__bench_op_t gyre__bench_bibandwidth = {
    .name = "bibandwidth",
    .title = "Bi-Directional Bandwidth",
    .help = "the same in both directions at once",
    .metric = GYRE__BENCH_BANDWIDTH,
    .legs = 2,
    .fills = GYRE__BENCH_BOTH,
    .checks = GYRE__BENCH_BOTH,
    .once = once_both_ways,
    WINDOWED,
};

const gyre__bench_op_t gyre__bench_rate = {
    .name = "rate",
    .title = "Multiple Bandwidth / Message Rate",
    .help = "messages per second from the first half of the workers to the second",
    .metric = GYRE__BENCH_RATE,
    .legs = 1,
    .fills = GYRE__BENCH_ORIGIN,
    .checks = GYRE__BENCH_TARGET,
    .once = once_one_way,
    WINDOWED,
};
