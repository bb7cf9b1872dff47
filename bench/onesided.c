/* SPDX-License-Identifier: Apache-2.0 */
/* Put and get: the origin alone acts, on the target's registered memory. A put counts until it
 * is visible there. The target waits in the driver's barrier and so moves the wire. */
#include "worker.h"

static gyre__bench_region_t region;

static int put_open(gyre__bench_t *bench)
{
    gyre_status_t status = gyre__bench_region_open(bench, &region);
    if (!status && region.mem)
        bench->recv = gyre_mem_address(region.mem);
    return status;
}

static int get_open(gyre__bench_t *bench)
{
    gyre_status_t status = gyre__bench_region_open(bench, &region);
    if (!status && region.mem)
        bench->send = gyre_mem_address(region.mem);
    return status;
}

static void close_region(gyre__bench_t *bench)
{
    (void)bench;
    gyre__bench_region_close(&region);
}

static int once_put(gyre__bench_t *bench)
{
    if (bench->role == GYRE__BENCH_TARGET)
        return GYRE_OK;
    gyre_status_t status = gyre_put(region.remote, 0, bench->send, bench->length);
    return status ? status : gyre_flush(gyre__bench_world, bench->peer);
}

static int once_get(gyre__bench_t *bench)
{
    if (bench->role == GYRE__BENCH_TARGET)
        return GYRE_OK;
    return gyre_get(region.remote, 0, bench->recv, bench->length);
}

#define ONE_SIDED                                                                                  \
    .metric = GYRE__BENCH_LATENCY, .one_sided = true, .legs = 1, .min = 1, .max = 4 << 20,         \
    .least = 1, .most = SIZE_MAX, .iterations = 10000, .warmup = 100, .close = close_region

const gyre__bench_op_t gyre__bench_put = {
    .name = "put",
    .title = "One-Sided Put Latency",
    .help = "one-sided write until visible at the target",
    .fills = GYRE__BENCH_ORIGIN,
    .checks = GYRE__BENCH_TARGET,
    .open = put_open,
    .once = once_put,
    ONE_SIDED,
};

const gyre__bench_op_t gyre__bench_get = {
    .name = "get",
    .title = "One-Sided Get Latency",
    .help = "one-sided read",
    .fills = GYRE__BENCH_TARGET,
    .checks = GYRE__BENCH_ORIGIN,
    .open = get_open,
    .once = once_get,
    ONE_SIDED,
};
